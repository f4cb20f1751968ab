import dagre from '@dagrejs/dagre'
import {
  Background,
  BaseEdge,
  getBezierPath,
  Handle,
  MarkerType,
  Position,
  ReactFlow,
  type Edge,
  type EdgeProps,
  type Node,
  type NodeProps,
} from '@xyflow/react'
import '@xyflow/react/dist/style.css'
import { useMemo, useSyncExternalStore } from 'react'
import { useText } from '../text/Text.tsx'

export interface DiagramNode {
  readonly key: string
  readonly title: string
  readonly detail: string
  readonly type: string
  readonly state?: string
  readonly progress?: number
}

export interface DiagramProps {
  readonly label: string
  readonly nodes: readonly DiagramNode[]
  readonly edges: readonly { from: string; to: string; state?: string }[]
  readonly testid?: string
  onChoose?(key: string): void
}

const size = { width: 180, height: 76 }
const colours: Record<string, string> = {
  data_loader: '#4a7fb5',
  preprocessor: '#8a6bb8',
  trainer: '#2e8b6f',
  evaluator: '#c2792b',
}

const narrow = window.matchMedia('(max-width: 700px)')
const watchNarrow = (changed: () => void) => {
  narrow.addEventListener('change', changed)
  return () => narrow.removeEventListener('change', changed)
}

type Shown = DiagramNode & { readonly vertical: boolean } & Record<string, unknown>

function ComponentNode({ data }: NodeProps<Node<Shown>>) {
  const { vertical } = data
  return (
    <div
      className={`node ${data.state?.toLowerCase() ?? ''}`}
      style={{ '--type': colours[data.type] ?? '#7a828c' } as React.CSSProperties}
    >
      <Handle
        type="target"
        position={vertical ? Position.Top : Position.Left}
        isConnectable={false}
      />
      <strong>{data.title}</strong>
      <span className="quiet">{data.detail}</span>
      {data.state === 'RUNNING' && (
        <progress aria-label={data.title} max={1} value={data.progress ?? 0} />
      )}
      <Handle
        type="source"
        position={vertical ? Position.Bottom : Position.Right}
        isConnectable={false}
      />
    </div>
  )
}

interface Point {
  readonly x: number
  readonly y: number
}

/** An edge along the layout's own way: around the nodes between its ends, where a straight one would run behind them. */
function RoutedEdge(props: EdgeProps<Edge<{ readonly way: readonly Point[] }>>) {
  const { id, sourceX, sourceY, targetX, targetY, markerEnd } = props
  const way = props.data?.way ?? []
  const points = [{ x: sourceX, y: sourceY }, ...way, { x: targetX, y: targetY }]
  // Quadratic curves through the midpoints: each bend is round, and the first and last stretch straight.
  const path = points.slice(1, -1).map((point, index) => {
    const next = points[index + 2]!
    const last = index === points.length - 3
    const end = last ? next : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 }
    return `Q ${point.x} ${point.y} ${end.x} ${end.y}`
  })
  const routed =
    way.length === 0 ? getBezierPath(props)[0] : `M ${sourceX} ${sourceY} ${path.join(' ')}`
  const marker = markerEnd === undefined ? {} : { markerEnd }
  return <BaseEdge id={id} path={routed} {...marker} />
}

// Module constants: xyflow makes every node anew when they change.
const nodeTypes = { component: ComponentNode }
const edgeTypes = { routed: RoutedEdge }

/**
 * A pipeline or a lineage, laid out from left to right, on a narrow screen from top to bottom; the table beside it says the
 * same to a screen reader.
 */
export function Diagram({ label, nodes, edges, testid, onChoose }: DiagramProps) {
  const { t } = useText()
  const spoken = useMemo(
    () => ({
      'node.a11yDescription.default': t.diagram.node,
      'node.a11yDescription.keyboardDisabled': t.diagram.node,
      'edge.a11yDescription.default': t.diagram.edge,
    }),
    [t],
  )
  const shape = JSON.stringify([
    nodes.map((node) => node.key),
    edges.map((edge) => [edge.from, edge.to]),
  ])
  const vertical = useSyncExternalStore(watchNarrow, () => narrow.matches)
  const { places, ways, height } = useMemo(() => {
    const [keys, pairs] = JSON.parse(shape) as [string[], [string, string][]]
    const graph = new dagre.graphlib.Graph()
    graph.setGraph(
      vertical
        ? { rankdir: 'TB', nodesep: 24, ranksep: 36 }
        : { rankdir: 'LR', nodesep: 24, ranksep: 56 },
    )
    graph.setDefaultEdgeLabel(() => ({}))
    for (const key of keys) graph.setNode(key, { ...size })
    for (const [from, to] of pairs) graph.setEdge(from, to)
    dagre.layout(graph)
    return {
      places: new Map(
        keys.map((key) => {
          const { x, y } = graph.node(key) as Point
          return [key, { x: x - size.width / 2, y: y - size.height / 2 }]
        }),
      ),
      // The first and the last point are where the way meets the nodes: the handles are there.
      ways: new Map(
        pairs.map(([from, to]) => {
          const { points } = graph.edge(from, to) as unknown as {
            readonly points: readonly Point[]
          }
          return [`${from}>${to}`, points.length <= 3 ? [] : points.slice(1, -1)]
        }),
      ),
      height: (graph.graph() as { height?: number }).height ?? 0,
    }
  }, [shape, vertical])
  const flowNodes: Node[] = nodes.map((node) => ({
    id: node.key,
    type: 'component',
    position: places.get(node.key) ?? { x: 0, y: 0 },
    data: { ...node, vertical },
    width: size.width,
    ariaLabel: `${node.title}: ${node.detail}`,
  }))
  const flowEdges: Edge[] = edges.map((edge) => ({
    id: `${edge.from}>${edge.to}`,
    type: 'routed',
    ariaLabel: `${edge.from} → ${edge.to}`,
    data: { way: ways.get(`${edge.from}>${edge.to}`) ?? [] },
    source: edge.from,
    target: edge.to,
    className: edge.state?.toLowerCase() ?? '',
    markerEnd: { type: MarkerType.ArrowClosed },
    animated: nodes.find((node) => node.key === edge.to)?.state === 'RUNNING',
  }))
  return (
    <div
      className="diagram"
      data-testid={testid}
      role="group"
      aria-label={label}
      style={vertical ? { height: Math.min(640, height + 48) } : undefined}
    >
      <ReactFlow
        nodes={flowNodes}
        edges={flowEdges}
        // another shape is fitted into view anew
        key={`${vertical ? 'vertical' : 'horizontal'} ${shape}`}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        fitView
        fitViewOptions={{ padding: 0.12, maxZoom: 1.1 }}
        minZoom={0.2}
        nodesDraggable={false}
        nodesConnectable={false}
        edgesFocusable={false}
        ariaLabelConfig={spoken}
        preventScrolling={false}
        zoomOnScroll={false}
        onNodeClick={(_event, node) => onChoose?.(node.id)}
      >
        <Background />
      </ReactFlow>
    </div>
  )
}
