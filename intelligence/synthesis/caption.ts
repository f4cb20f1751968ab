import type { Task } from '#schema/domain/intent.ts'

/** The built-in caption: the trigger word beside the class noun, which the base model already knows. */
export function captionFor(triggerWord: string, classNoun: string, task: Task = 'subject'): string {
  if (task === 'style') return `a picture in ${triggerWord} style`
  return classNoun === '' ? `a photo of ${triggerWord}` : `a photo of ${triggerWord} ${classNoun}`
}
