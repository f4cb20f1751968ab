import dagre from '@dagrejs/dagre'
import {
  Background,
  Handle,
  MarkerType,
  Position,
  ReactFlow,
  type Edge,
  type Node,
  type NodeProps,
} from '@xyflow/react'
import '@xyflow/react/dist/style.css'
import { useMemo } from 'react'

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
  readonly edges: readonly { from: string; to: string }[]
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

function ComponentNode({ data }: NodeProps<Node<DiagramNode & Record<string, unknown>>>) {
  return (
    <div
      className={`node ${data.state?.toLowerCase() ?? ''}`}
      style={{ '--type': colours[data.type] ?? '#7a828c' } as React.CSSProperties}
    >
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <strong>{data.title}</strong>
      <span className="quiet">{data.detail}</span>
      {data.state === 'RUNNING' && (
        <progress aria-label={data.title} max={1} value={data.progress ?? 0} />
      )}
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </div>
  )
}

// A module constant: xyflow makes every node anew when it changes.
const nodeTypes = { component: ComponentNode }

/** A pipeline or a lineage, laid out from left to right; the table beside it says the same to a screen reader. */
export function Diagram({ label, nodes, edges, testid, onChoose }: DiagramProps) {
  const shape = JSON.stringify([
    nodes.map((node) => node.key),
    edges.map((edge) => [edge.from, edge.to]),
  ])
  const places = useMemo(() => {
    const [keys, pairs] = JSON.parse(shape) as [string[], [string, string][]]
    const graph = new dagre.graphlib.Graph()
    graph.setGraph({ rankdir: 'LR', nodesep: 24, ranksep: 56 })
    graph.setDefaultEdgeLabel(() => ({}))
    for (const key of keys) graph.setNode(key, { ...size })
    for (const [from, to] of pairs) graph.setEdge(from, to)
    dagre.layout(graph)
    return new Map(
      keys.map((key) => {
        const { x, y } = graph.node(key) as { x: number; y: number }
        return [key, { x: x - size.width / 2, y: y - size.height / 2 }]
      }),
    )
  }, [shape])
  const flowNodes: Node[] = nodes.map((node) => ({
    id: node.key,
    type: 'component',
    position: places.get(node.key) ?? { x: 0, y: 0 },
    data: { ...node },
    width: size.width,
    ariaLabel: `${node.title}: ${node.detail}`,
  }))
  const flowEdges: Edge[] = edges.map((edge) => ({
    id: `${edge.from}>${edge.to}`,
    source: edge.from,
    target: edge.to,
    markerEnd: { type: MarkerType.ArrowClosed },
    animated: nodes.find((node) => node.key === edge.to)?.state === 'RUNNING',
  }))
  return (
    <div className="diagram" data-testid={testid} role="group" aria-label={label}>
      <ReactFlow
        nodes={flowNodes}
        edges={flowEdges}
        nodeTypes={nodeTypes}
        fitView
        fitViewOptions={{ padding: 0.12, maxZoom: 1.1 }}
        minZoom={0.2}
        nodesDraggable={false}
        nodesConnectable={false}
        edgesFocusable={false}
        preventScrolling={false}
        zoomOnScroll={false}
        onNodeClick={(_event, node) => onChoose?.(node.id)}
      >
        <Background />
      </ReactFlow>
    </div>
  )
}
