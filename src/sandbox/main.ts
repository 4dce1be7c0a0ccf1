import { enableCompileCache } from 'node:module'
import path from 'node:path'
import { findHome } from '../embedded/home.ts'

// Compiled code is kept between starts, which must be asked for before anything large is loaded; without a folder to keep it in everything works as well.
await findHome().then(
  ({ cache }) => enableCompileCache(path.join(cache, 'compiled')),
  () => {},
)
await import('./supervisor/main.ts')
