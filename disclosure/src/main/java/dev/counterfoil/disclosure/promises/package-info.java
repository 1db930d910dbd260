/**
 * Promises that are kept in public: named measures over public data, with a bound.
 *
 * <p>The operator's file of promises enters, and what is public: the key log's history and
 * observations of checkpoints. Evaluating is a pure function, so that anybody gets the same answer.
 *
 * <p><b>Trust.</b> An attacker who controls this room where promises are published shows other
 * results. A stranger who recomputes them sees that, and on which day.
 */
@NullMarked
package dev.counterfoil.disclosure.promises;

import org.jspecify.annotations.NullMarked;
