import {
  Component,
  lazy,
  Suspense,
  useEffect,
  useRef,
  useSyncExternalStore,
  type ReactNode,
} from 'react'
import { connection } from './graph/client.ts'
import { LlmLink } from './llm/LlmLink.tsx'
import { StartPage } from './start/StartPage.tsx'
import { datasetWords, mapWords } from './text/curation.ts'
import { useText } from './text/Text.tsx'
import { Empty, Loading, NotFound } from './ui/Notice.tsx'
import { Link, projectPath, usePath } from './ui/Route.tsx'

const PoolPage = lazy(() => import('./pool/PoolPage.tsx').then((it) => ({ default: it.PoolPage })))
const MapPage = lazy(() => import('./map/MapPage.tsx').then((it) => ({ default: it.MapPage })))
const DatasetsPage = lazy(() =>
  import('./dataset/DatasetsPage.tsx').then((it) => ({ default: it.DatasetsPage })),
)
const ReviewPage = lazy(() =>
  import('./review/ReviewPage.tsx').then((it) => ({ default: it.ReviewPage })),
)
const PlanPage = lazy(() => import('./plan/PlanPage.tsx').then((it) => ({ default: it.PlanPage })))
const RunPage = lazy(() => import('./run/RunPage.tsx').then((it) => ({ default: it.RunPage })))
const RunsPage = lazy(() => import('./run/RunsPage.tsx').then((it) => ({ default: it.RunsPage })))
const ModelPage = lazy(() =>
  import('./model/ModelPage.tsx').then((it) => ({ default: it.ModelPage })),
)
const RequestsPage = lazy(() =>
  import('./request/RequestsPage.tsx').then((it) => ({ default: it.RequestsPage })),
)
const RequestPage = lazy(() =>
  import('./request/RequestPage.tsx').then((it) => ({ default: it.RequestPage })),
)
const QueuePage = lazy(() =>
  import('./queue/QueuePage.tsx').then((it) => ({ default: it.QueuePage })),
)
const CostsPage = lazy(() =>
  import('./cost/CostsPage.tsx').then((it) => ({ default: it.CostsPage })),
)
const ModelsPage = lazy(() =>
  import('./model/ModelsPage.tsx').then((it) => ({ default: it.ModelsPage })),
)

const ClusterPage = lazy(() =>
  import('./cluster/ClusterPage.tsx').then((it) => ({ default: it.ClusterPage })),
)
const LlmPage = lazy(() => import('./llm/LlmPage.tsx').then((it) => ({ default: it.LlmPage })))

/** A part of the application that could not be fetched: the platform is away, or was renewed meanwhile. */
const isAway = (error: unknown): boolean =>
  error instanceof Error && /dynamically imported module|importing a module/i.test(error.message)

class Guard extends Component<
  { broken: string; away: string; again: string; children: ReactNode },
  { fault: 'broken' | 'away' | null }
> {
  override state: { fault: 'broken' | 'away' | null } = { fault: null }
  static getDerivedStateFromError(error: unknown): { fault: 'broken' | 'away' } {
    return { fault: isAway(error) ? 'away' : 'broken' }
  }
  override render(): ReactNode {
    const { fault } = this.state
    if (fault === null) return this.props.children
    return (
      <Empty text={this.props[fault]}>
        <button onClick={() => location.reload()}>{this.props.again}</button>
      </Empty>
    )
  }
}

const steps = ['pool', 'map', 'review', 'data', 'plan'] as const
const pages = ['runs', 'models', 'requests', 'queue', 'costs', 'cluster'] as const

type Words = ReturnType<typeof useText>

const stepName = (step: (typeof steps)[number], { t, language }: Words): string =>
  step === 'map'
    ? mapWords[language].step
    : step === 'data'
      ? datasetWords[language].step
      : t.steps[step]

/** What the browser's tab, its history and a screen reader call the page. */
function titleOf(path: string, words: Words): string {
  const [first, , third] = path.split('/').slice(1)
  const step = first === 'projects' ? steps.find((it) => it === third) : undefined
  const page = pages.find((it) => it === first)
  const name = step
    ? stepName(step, words)
    : first === 'llm'
      ? words.t.llm.nav
      : page && words.t.nav[page]
  return name === undefined ? 'Autodidact' : `${name} · Autodidact`
}

function ProjectSteps({ id, page }: { id: string; page: string }) {
  const words = useText()
  return (
    <nav className="steps" aria-label={words.t.steps.label}>
      {steps.map((step) => (
        <Link key={step} to={projectPath(id, step)} current={page === step}>
          {stepName(step, words)}
        </Link>
      ))}
    </nav>
  )
}

function Page({ path }: { path: string }) {
  const [first, encoded, page] = path.split('/').slice(1)
  const id = encoded === undefined ? '' : decoded(encoded)
  if (first === '' || first === undefined) return <StartPage />
  if (first === 'projects' && id !== '' && steps.some((it) => it === (page ?? 'pool'))) {
    return (
      <>
        <ProjectSteps id={id} page={page ?? 'pool'} />
        {(page ?? 'pool') === 'pool' && <PoolPage key={id} id={id} />}
        {page === 'map' && <MapPage key={id} id={id} />}
        {page === 'review' && <ReviewPage key={id} id={id} />}
        {page === 'data' && <DatasetsPage key={id} id={id} />}
        {page === 'plan' && <PlanPage key={id} id={id} />}
      </>
    )
  }
  if (first === 'runs') return id === '' ? <RunsPage /> : <RunPage key={id} id={id} />
  if (first === 'requests') return id === '' ? <RequestsPage /> : <RequestPage key={id} id={id} />
  if (first === 'queue') return <QueuePage />
  if (first === 'costs') return <CostsPage />
  if (first === 'models') return id === '' ? <ModelsPage /> : <ModelPage key={id} id={id} />
  if (first === 'cluster') return <ClusterPage />
  if (first === 'llm') return <LlmPage />
  return <NotFound />
}

/** "%" by itself is no escape: such an address is nobody's. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

export function App() {
  const words = useText()
  const { t, language, setLanguage } = words
  const path = usePath()
  const title = titleOf(path, words)
  useEffect(() => {
    document.title = title
  }, [title])
  // Whoever follows a link by keyboard or screen reader goes on at the new page, not where the old one was.
  const before = useRef(path)
  useEffect(() => {
    if (before.current === path) return
    before.current = path
    document.getElementById('content')?.focus({ preventScroll: true })
  }, [path])
  const live = useSyncExternalStore(connection.subscribe, connection.live)
  return (
    <>
      <a className="skip" href="#content">
        {t.nav.skip}
      </a>
      <header className="top">
        <Link to="/" className="brand">
          Autodidact
        </Link>
        <nav aria-label={t.nav.main}>
          <Link to="/" current={path === '/'}>
            {t.nav.start}
          </Link>
          {pages.map((page) => (
            <Link key={page} to={`/${page}`} current={path.startsWith(`/${page}`)}>
              {t.nav[page]}
            </Link>
          ))}
          <LlmLink path={path} />
        </nav>
        <button
          className="small"
          data-testid="language-switch"
          lang={language === 'en' ? 'ko' : 'en'}
          onClick={() => setLanguage(language === 'en' ? 'ko' : 'en')}
        >
          {language === 'en' ? '한국어' : 'English'}
        </button>
      </header>
      <main id="content" tabIndex={-1}>
        {!live && (
          <div className="notice" role="status" data-testid="offline">
            {t.offline}
          </div>
        )}
        <Guard key={path} broken={t.broken} away={t.unreachable} again={t.retry}>
          <Suspense fallback={<Loading />}>
            <Page path={path} />
          </Suspense>
        </Guard>
      </main>
    </>
  )
}
