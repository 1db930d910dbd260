export { UsedProofs } from './dpop.js';
export { expressGuard, fastifyGuard, verifiedOf } from './http.js';
export { SightingReporter } from './sightings.js';
export { FormatError, Refusal } from './strict.js';
export { Verifier } from './verifier.js';
