/**
 * The templates of {@code src/main/jte} as Java, written by JTE when this module is built.
 *
 * <p>Nothing enters here by hand.
 *
 * <p><b>Trust.</b> An attacker who controls it controls what people see, as one of {@link
 * dev.counterfoil.pages} does.
 */
@org.jspecify.annotations.NullUnmarked
package dev.counterfoil.pages.templates;
