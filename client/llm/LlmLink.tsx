import { useAsk } from '../graph/ask.ts'
import { useText } from '../text/Text.tsx'
import { Link } from '../ui/Route.tsx'
import { RoleQuery } from './llm-queries.ts'

/** The way to the language model's page, for those who may open it. */
export function LlmLink({ path }: { path: string }) {
  const { t } = useText()
  const { data } = useAsk(RoleQuery, {})
  if (data?.viewer.role !== 'ADMINISTRATOR') return null
  return (
    <Link to="/llm" current={path.startsWith('/llm')}>
      {t.llm.nav}
    </Link>
  )
}
