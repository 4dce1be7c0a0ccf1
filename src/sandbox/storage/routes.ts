import {
  createBucket,
  deleteBucket,
  deleteObjects,
  getBucketLocation,
  headBucket,
  listBuckets,
  listObjects,
} from './bucket-routes.ts'
import type { Context } from './context.ts'
import { abortUpload, completeUpload, listParts, putPart, startUpload } from './multipart-routes.ts'
import { deleteObject, getObject, putObject } from './object-routes.ts'
import { refusal } from './storage-error.ts'

type Route = (context: Context) => Promise<void>

/** Sub-resources that would change what a request means and that this server does not have. */
const UNKNOWN = [
  'acl',
  'attributes',
  'cors',
  'lifecycle',
  'policy',
  'tagging',
  'torrent',
  'versioning',
  'versions',
  'versionId',
]

/** Which operation a request asks for. */
export function routeOf({ request, bucket, key, query }: Context): Route {
  const unknown = UNKNOWN.find((name) => query.has(name))
  if (unknown !== undefined) throw refusal.notImplemented(`The sub-resource ${unknown}`)
  const method = request.method ?? ''
  const route = bucket === '' ? rootRoute(method) : key === '' ? bucketRoute(method, query) : objectRoute(method, query)
  if (route === undefined) throw refusal.notImplemented(`This use of ${method}`)
  return route
}

const rootRoute = (method: string): Route | undefined => (method === 'GET' ? listBuckets : undefined)

function bucketRoute(method: string, query: URLSearchParams): Route | undefined {
  if (method === 'PUT') return createBucket
  if (method === 'HEAD') return headBucket
  if (method === 'DELETE') return deleteBucket
  if (method === 'GET' && query.has('location')) return getBucketLocation
  if (method === 'GET' && query.get('list-type') === '2') return listObjects
  if (method === 'POST' && query.has('delete')) return deleteObjects
  return undefined
}

function objectRoute(method: string, query: URLSearchParams): Route | undefined {
  if (query.has('uploadId')) {
    const ofUpload: Readonly<Record<string, Route>> = {
      PUT: putPart,
      GET: listParts,
      POST: completeUpload,
      DELETE: abortUpload,
    }
    return ofUpload[method]
  }
  if (method === 'POST' && query.has('uploads')) return startUpload
  const ofObject: Readonly<Record<string, Route>> = {
    PUT: putObject,
    GET: getObject,
    HEAD: getObject,
    DELETE: deleteObject,
  }
  return ofObject[method]
}
