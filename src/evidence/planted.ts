/** What a test order carries that must never turn up in telemetry: each value its own, so that one sight of it names order and kind. */
export interface Planted {
  /** A person's name. */
  readonly name: string
  readonly email: string
  /** With country code; the country does not exist. */
  readonly phone: string
  /** A word in the content of the 3D model. */
  readonly model: string
}

export type PlantedKind = keyof Planted

/** Begins every planted word, in any case of letters. No natural language has it. */
const WORD = 'wbq'
/** Begins every planted phone number, after which telemetry may hold any punctuation. */
const DIGITS = '99977'
const LETTERS = 'abcdefghjkmnprstuvwxyz'
const WORD_LETTERS = 12
const PHONE_DIGITS = 9

/** The values planted in the order of a key; the same whenever and wherever they are asked for, so that none need be kept. */
export function plantedIn(orderKey: string): Planted {
  const word = (kind: string): string => `${WORD}${kind}${lettersOf(`${kind}:${orderKey}`)}`
  const name = word('n')
  return {
    name: `${name.charAt(0).toUpperCase()}${name.slice(1)} Tester`,
    email: `${word('e')}@example.invalid`,
    phone: `+${DIGITS}${digitsOf(orderKey)}`,
    model: word('m'),
  }
}

/** One planted value seen somewhere. */
export interface Sighting {
  /** Key of the order it was planted in. */
  readonly orderKey: string
  readonly what: PlantedKind
}

/** Knows what is planted at the moment and finds it in text. */
export interface PlantedRegistry {
  add(orderKey: string): void
  remove(orderKey: string): void
  /** Whether it is worth looking closer at these bytes; false is certain. */
  mayHold(bytes: { includes(value: string): boolean }): boolean
  find(text: string): readonly Sighting[]
  /** The text with every planted value taken out. */
  withhold(text: string): string
}

const NEEDLES = [WORD, `${WORD.charAt(0).toUpperCase()}${WORD.slice(1)}`, WORD.toUpperCase(), DIGITS]
const FOUND = new RegExp(`${WORD}[nem][${LETTERS}]{${WORD_LETTERS}}|${DIGITS}\\d{${PHONE_DIGITS}}`, 'gi')
/** Between the digits of a phone number as people and programs write it. */
const PUNCTUATION = /(?<=\d)[\s().-]+(?=\d)/g
const WITHHELD = '[withheld]'

/** Nothing is planted at first. */
export function createPlantedRegistry(): PlantedRegistry {
  const known = new Map<string, Sighting>()
  const wordsOf = (orderKey: string): readonly (readonly [string, PlantedKind])[] =>
    Object.entries(plantedIn(orderKey)).map(([what, value]) => [signOf(value), what as PlantedKind])

  const sightings = (text: string): readonly Sighting[] =>
    [...text.matchAll(FOUND)].flatMap(([found]) => known.get(found.toLowerCase()) ?? [])

  return {
    add: (orderKey) => {
      for (const [word, what] of wordsOf(orderKey)) known.set(word, { orderKey, what })
    },
    remove: (orderKey) => {
      for (const [word] of wordsOf(orderKey)) known.delete(word)
    },
    mayHold: (bytes) => known.size > 0 && NEEDLES.some((needle) => bytes.includes(needle)),
    find: (text) => {
      const plain = sightings(text)
      return plain.length > 0 ? plain : sightings(text.replaceAll(PUNCTUATION, ''))
    },
    withhold: (text) => {
      const plain = sightings(text)
      if (plain.length > 0)
        return text.replaceAll(FOUND, (found) => (known.has(found.toLowerCase()) ? WITHHELD : found))
      return sightings(text.replaceAll(PUNCTUATION, '')).length > 0 ? WITHHELD : text
    },
  }
}

/** The part of a planted value that alone tells whose it is. */
const signOf = (value: string): string => value.toLowerCase().match(FOUND)?.[0] ?? value

/** FNV-1a over UTF-16 units, 64 bits. */
function hashOf(text: string): bigint {
  let hash = 0xcbf29ce484222325n
  for (let i = 0; i < text.length; i++) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(i))) * 0x100000001b3n)
  }
  return hash
}

function lettersOf(text: string): string {
  let rest = hashOf(text)
  let letters = ''
  while (letters.length < WORD_LETTERS) {
    letters += LETTERS[Number(rest % BigInt(LETTERS.length))] ?? ''
    rest /= BigInt(LETTERS.length)
  }
  return letters
}

const digitsOf = (text: string): string =>
  (hashOf(text) % 10n ** BigInt(PHONE_DIGITS)).toString().padStart(PHONE_DIGITS, '0')
