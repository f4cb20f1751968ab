import { graphql, type ResultOf } from '../graph/graphql.ts'
import { usePages } from '../graph/pages.ts'
import { formatDate } from '../text/format.ts'
import { useText } from '../text/Text.tsx'
import { Problem } from '../ui/Notice.tsx'
import { Link, projectPath } from '../ui/Route.tsx'

const ProjectsQuery = graphql(`
  query StartProjects($after: String) {
    projects(first: 8, after: $after) {
      pageInfo {
        hasNextPage
        endCursor
      }
      edges {
        node {
          id
          name
          createdAt
          goal {
            text
          }
        }
      }
    }
  }
`)
const projectsOf = (data: ResultOf<typeof ProjectsQuery>) => data.projects

/** Where a person left off: the newest first, and all of them on request. */
export function Projects() {
  const { t, language, say } = useText()
  const { data: projects, error, again, more } = usePages(ProjectsQuery, {}, projectsOf)
  if (error !== null)
    return error.code === 'UNAUTHENTICATED' ? null : <Problem error={error} again={again} />
  if (projects === null || projects.length === 0) return null
  return (
    <section className="card" data-testid="projects">
      <h2>{t.start.recent}</h2>
      {projects.map((project) => (
        <p key={project.id} className="row between">
          <Link to={projectPath(project.id, 'pool')}>
            <span className="clamp">{project.goal?.text ?? say(project.name)}</span>
          </Link>
          <span className="quiet">{formatDate(project.createdAt, language)}</span>
        </p>
      ))}
      {more !== null && <button onClick={more}>{t.more}</button>}
    </section>
  )
}
