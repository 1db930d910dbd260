/** Tests alone: the starter in a Spring Cloud Gateway. */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.springgateway;
