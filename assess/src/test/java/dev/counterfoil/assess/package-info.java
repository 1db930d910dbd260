/** Tests of the assessment, on fakes by hand, on the JDK's HTTP server, and on real issuers. */
@NullMarked
package dev.counterfoil.assess;

import org.jspecify.annotations.NullMarked;
