/**
 * Whether a document follows the schema that its standard publishes.
 *
 * <p>Any JSON text may enter, of a limited length. The schemas lie in this module; none is fetched.
 *
 * <p><b>Trust.</b> An attacker who controls this room lets invalid documents be published, which a
 * reader's own validator refuses. It cannot sign one.
 */
@NullMarked
package dev.counterfoil.disclosure.validation;

import org.jspecify.annotations.NullMarked;
