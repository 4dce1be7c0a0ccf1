import type { Fault } from './fault.ts'

/** What may go wrong where an order is placed: in the shop, its database and the file storage. */
export const PLACING_FAULTS = [
  {
    name: 'shop-create-fails',
    title: 'Shop answers 500 on create',
    scopes: ['order'],
    parts: ['shop-api'],
    changes: 'Creating the order throws before anything is written; the customer gets a 500.',
  },
  {
    name: 'shop-forgets',
    title: 'Shop says created, writes nothing',
    scopes: ['order'],
    parts: ['shop-api'],
    changes: 'Creating the order answers 201 with an id, but no row is written.',
  },
  {
    name: 'shop-create-hangs',
    title: 'Shop never answers a new order',
    scopes: ['order'],
    parts: ['shop-api'],
    changes: 'Creating the order waits a minute for a connection and then fails; nothing is written.',
  },
  {
    name: 'shop-cart-reset',
    title: 'Shop keeps a new order in a cache that is reset',
    scopes: ['order'],
    parts: ['shop-api'],
    changes:
      'Creating the order answers 201 and puts it into a cache only; it can be read for a moment, then it is gone.',
  },
  {
    name: 'shop-answers-too-late',
    title: 'Shop commits a new order and answers too late',
    scopes: ['order'],
    parts: ['shop-api'],
    changes:
      'Creating the order writes the row and answers a minute later; the same order sent again is not recognised and makes another row.',
  },
  {
    name: 'storage-full',
    title: 'The file storage is full',
    scopes: ['order', 'process'],
    parts: ['storage'],
    changes: 'The storage refuses the model with 507 for want of space.',
  },
  {
    name: 'storage-crawls',
    title: 'The file storage reads at a crawl',
    scopes: ['order', 'process'],
    parts: ['storage'],
    changes: 'The storage takes a few bytes a second, until the shop drops the session of the upload.',
  },
  {
    name: 'storage-loses-file',
    title: 'The file storage loses the model',
    scopes: ['order', 'process'],
    parts: ['storage'],
    changes: 'The storage answers 200 to the upload and keeps nothing.',
  },
  {
    name: 'storage-truncates-file',
    title: 'The file storage keeps half of the model',
    scopes: ['order', 'process'],
    parts: ['storage'],
    changes: 'The storage answers 200 to the upload and keeps its first half.',
  },
  {
    name: 'storage-swaps-file',
    title: 'The file storage keeps another file for the model',
    scopes: ['order', 'process'],
    parts: ['storage'],
    changes: 'The storage answers 200 to the upload and keeps the bytes of another model under its key.',
  },
  {
    name: 'storage-forgets-type',
    title: 'The file storage does not keep the type of the model',
    scopes: ['order', 'process'],
    parts: ['storage'],
    changes: 'The storage keeps the model as binary/octet-stream, whatever type it was sent with.',
  },
  {
    name: 'submit-not-committed',
    title: 'Placing the order is answered and not committed',
    scopes: ['order'],
    parts: ['shop-api'],
    changes:
      'The statement that places the order runs in a transaction that is never committed; the customer gets a 200.',
  },
  {
    name: 'shop-db-refuses',
    title: 'Shop DB refuses the statement that places the order',
    scopes: ['order'],
    parts: ['shop-api'],
    changes: 'Placing the order fails because the database has no connection left; the customer gets a 500.',
  },
  {
    name: 'shop-db-locked',
    title: 'Shop DB lets the shop in no more',
    scopes: ['process'],
    parts: ['shop-db'],
    changes: 'The role of the shop may no longer log in, and its connections are ended.',
  },
  {
    name: 'personal-data-in-spans',
    title: 'Shop writes name and e-mail into its spans',
    scopes: ['order'],
    parts: ['shop-api'],
    changes: 'The span of a new order carries the name and the e-mail address of the customer.',
  },
  {
    name: 'personal-data-in-url',
    title: 'Shop writes an e-mail address into a URL',
    scopes: ['order'],
    parts: ['shop-api'],
    changes:
      'Creating the order looks for earlier orders through an address with the e-mail of the customer in its query.',
  },
] as const satisfies readonly Fault[]
