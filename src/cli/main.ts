import { enableCompileCache } from 'node:module'
import path from 'node:path'
import { findHome } from '../embedded/home.ts'

// Compiled code is kept between commands: stripping the types anew takes half a second and 25 MB. It must be asked for before anything
// large is loaded. Without a folder to keep it in, everything works as well, only slower.
await findHome().then(
  ({ cache }) => enableCompileCache(path.join(cache, 'compiled')),
  () => {},
)
await import('./command-line.ts')
