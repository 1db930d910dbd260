// What the BSI's validator says of each CSAF document in a folder, as JSON: its file's name, and the tests that it fails.
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import validateStrict from '@secvisogram/csaf-validator-lib/validateStrict.js'
import * as mandatory from '@secvisogram/csaf-validator-lib/mandatoryTests.js'
import * as optional from '@secvisogram/csaf-validator-lib/optionalTests.js'
import * as schemas from '@secvisogram/csaf-validator-lib/schemaTests.js'

const folder = process.argv[2]
const verdicts = {}
for (const name of (await readdir(folder)).filter((name) => name.endsWith('.json'))) {
  const document = JSON.parse(await readFile(join(folder, name), 'utf8'))
  const judged = await validateStrict(
    [schemas.csaf_2_0_strict, ...Object.values(mandatory), ...Object.values(optional)],
    document,
  )
  verdicts[name] = judged.tests
    .filter((test) => !test.isValid || test.warnings.length > 0)
    .map((test) => (test.isValid ? 'warning ' : '') + test.name)
}
console.log(JSON.stringify(verdicts))
