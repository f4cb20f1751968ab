import { builder } from './builder.ts'
import './graph/scalars.ts'
import './graph/errors.ts'
import './graph/person.ts'
import './graph/platform.ts'
import './graph/project.ts'
import './graph/goal.ts'
import './graph/pool.ts'
import './graph/curation.ts'
import './graph/dataset.ts'
import './graph/spec.ts'
import './graph/request.ts'
import './graph/run.ts'
import './graph/model.ts'
import './graph/cluster.ts'
import './graph/audit.ts'

/** The GraphQL schema: the load list above is all that it is made of. */
export const schema = builder.toSchema()
