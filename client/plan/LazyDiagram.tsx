import { lazy, Suspense } from 'react'
import { Loading } from '../ui/Notice.tsx'
import type { DiagramProps } from './Diagram.tsx'

const Diagram = lazy(() => import('./Diagram.tsx').then((it) => ({ default: it.Diagram })))

/** The diagram, fetched when it is first shown. */
export function LazyDiagram(props: DiagramProps) {
  return (
    <Suspense
      fallback={
        <div className="diagram">
          <Loading />
        </div>
      }
    >
      <Diagram {...props} />
    </Suspense>
  )
}
