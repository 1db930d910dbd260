// What the BSI's validator says of each CSAF document in a folder, as JSON: its file's name, and the tests that it fails.
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import validate from '@secvisogram/csaf-validator-lib/validate.js'
import * as mandatory from '@secvisogram/csaf-validator-lib/mandatoryTests.js'
import * as optional from '@secvisogram/csaf-validator-lib/optionalTests.js'
import * as draft from '@secvisogram/csaf-validator-lib/csaf_2_1/mandatoryTests.js'
import * as draftSchemas from '@secvisogram/csaf-validator-lib/csaf_2_1/schemaTests.js'
import * as schemas from '@secvisogram/csaf-validator-lib/schemaTests.js'

const folder = process.argv[2]
// The validator's test 6.1.26 is that of CSAF 2.0 for both: it does not know the new profiles of the draft.
const { mandatoryTest_6_1_26: _, ...draftTests } = draft
const verdicts = {}
for (const name of (await readdir(folder)).filter((name) => name.endsWith('.json'))) {
  const document = JSON.parse(await readFile(join(folder, name), 'utf8'))
  const tests =
    document.document.csaf_version === '2.1'
      ? [draftSchemas.csaf_2_1_strict, ...Object.values(draftTests)]
      : [schemas.csaf_2_0_strict, ...Object.values(mandatory), ...Object.values(optional)]
  const judged = await validate(tests, document)
  verdicts[name] = judged.tests
    .filter((test) => !test.isValid || test.warnings.length > 0)
    .map((test) => (test.isValid ? 'warning ' : '') + test.name)
}
console.log(JSON.stringify(verdicts))
