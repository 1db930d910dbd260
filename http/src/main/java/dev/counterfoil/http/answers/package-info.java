/**
 * How requests are answered, who calls, and what is counted of them.
 *
 * <p>A refusal enters here as a problem document with a code; an endpoint does not enter.
 *
 * <p><b>Trust.</b> An attacker who controls it passes any caller off as any tenant's.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.http.answers;
