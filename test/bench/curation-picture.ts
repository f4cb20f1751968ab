import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const colours: Record<string, string> = {
  blend: '#c2410c',
  random: '#57534e',
  medoid: '#0d9488',
  typiclust: '#7c3aed',
  'core-set': '#2563eb',
  entropy: '#ca8a04',
  margin: '#db2777',
}

/** Budget curves: the mean over seeds with a band of two standard errors; writes `reports/<name>.svg`. */
export function drawCurves(
  name: string,
  title: string,
  arms: ReadonlyMap<string, readonly (readonly number[])[]>,
): void {
  const [width, height, left, bottom, top] = [760, 440, 52, 40, 34]
  const steps = Math.max(...[...arms.values()].map((curves) => curves[0]!.length))
  const x = (step: number): number => left + ((step + 1) / steps) * (width - left - 120)
  const y = (value: number): number =>
    height - bottom - ((value - 0.4) / 0.6) * (height - bottom - top)
  const parts: string[] = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12" role="img" aria-label="${title}">`,
    `<rect width="${width}" height="${height}" fill="#fff"/><text x="${left}" y="20" font-size="14">${title}</text>`,
  ]
  for (let tick = 4; tick <= 10; tick += 1)
    parts.push(
      `<path d="M${left} ${y(tick / 10).toFixed(1)}H${width - 120}" stroke="#e7e5e4"/><text x="${left - 8}" y="${(y(tick / 10) + 4).toFixed(1)}" text-anchor="end" fill="#57534e">${tick * 10} %</text>`,
    )
  for (let step = 4; step < steps; step += 5)
    parts.push(
      `<text x="${x(step).toFixed(1)}" y="${height - 18}" text-anchor="middle" fill="#57534e">${(step + 1) * 10}</text>`,
    )
  let row = 0
  for (const [arm, curves] of arms) {
    const colour = colours[arm] ?? '#000'
    const middle = curves[0]!.map(
      (_, step) => curves.reduce((sum, curve) => sum + curve[step]!, 0) / curves.length,
    )
    const error = middle.map((value, step) => {
      const variance =
        curves.reduce((sum, curve) => sum + (curve[step]! - value) ** 2, 0) /
        Math.max(1, curves.length - 1)
      return 2 * Math.sqrt(variance / curves.length)
    })
    const line = (values: readonly number[]): string[] =>
      values.map((value, step) => `${x(step).toFixed(1)},${y(Math.max(0.4, value)).toFixed(1)}`)
    const upper = line(middle.map((value, step) => value + error[step]!))
    const lower = line(middle.map((value, step) => value - error[step]!)).reverse()
    parts.push(
      `<polygon points="${[...upper, ...lower].join(' ')}" fill="${colour}" opacity=".15"/>`,
    )
    parts.push(
      `<polyline points="${line(middle).join(' ')}" fill="none" stroke="${colour}" stroke-width="${arm === 'blend' ? 3 : 1.5}"/>`,
    )
    parts.push(
      `<text x="${width - 112}" y="${top + 20 + 18 * row}" fill="${colour}">${arm === 'blend' ? 'ours' : arm}</text>`,
    )
    row += 1
  }
  parts.push('</svg>\n')
  const folder = join(import.meta.dirname, 'reports')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${name}.svg`), parts.join('\n'))
}
