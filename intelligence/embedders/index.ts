/** What can turn pictures into vectors, as data, and what their classes mean in everyday words. */
export { embedderById, embedderCatalogue } from './catalogue.ts'
export type { EmbedderDescription, EmbedderId, PictureInput } from './catalogue.ts'
export { nounOfClass } from './imagenet-nouns.ts'
export { nounOfImage, sightsOf, whatItShows } from './what-it-shows.ts'
export type { ClassScore, Sight } from './what-it-shows.ts'
