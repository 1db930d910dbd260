/**
 * The public trust page: static files that any web server carries.
 *
 * <p>Public data enter: keys' lives, promises, and incidents with every version of what was said.
 * Each text is shown as text, whatever it contains.
 *
 * <p><b>Trust.</b> An attacker who controls this room shows visitors another page. It has no key,
 * and what the page says can be recomputed from the key log.
 */
@NullMarked
package dev.counterfoil.disclosure.trustpage;

import org.jspecify.annotations.NullMarked;
