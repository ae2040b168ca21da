import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { jsonSchema, SAMPLE_FILE, SCHEMA_FILE, sampleFile, TABLE_FILE, withTable } from '../src/config/generate.ts'

/** Writes what is made from the one definition of the settings; a test tells when this was forgotten. */
const root = join(import.meta.dirname, '..')
await writeFile(join(root, SAMPLE_FILE), sampleFile())
await writeFile(join(root, SCHEMA_FILE), jsonSchema())
const page = join(root, TABLE_FILE)
await writeFile(page, withTable(await readFile(page, 'utf8')))
