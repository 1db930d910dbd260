/**
 * How requests to a custodian or monitor are answered, and who calls.
 *
 * <p>A refusal enters here as a problem document with a code; an endpoint does not enter.
 *
 * <p><b>Trust.</b> Who controls it passes any caller off as any tenant's.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.custodian.http;
