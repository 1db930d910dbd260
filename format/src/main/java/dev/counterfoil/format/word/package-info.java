/**
 * What those who verify tokens say of themselves and of what was presented to them.
 *
 * <p>A report enters here without the token that it is about.
 *
 * <p><b>Trust.</b> A report says what its sender likes; who controls this package changes it on the
 * way.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.format.word;
