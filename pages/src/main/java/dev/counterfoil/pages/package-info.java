/**
 * What people see: templates that become Java when they are built, one style sheet, messages in
 * each language, and the headers that keep a page to itself.
 *
 * <p>What a page says enters here as values; who asks, and whether they may, does not. Every value
 * is escaped for the place where it stands, and no page loads anything from elsewhere.
 *
 * <p><b>Trust.</b> An attacker who controls it controls what people see and what their browsers run
 * on the issuer's own origin: it can act as anyone who opens a page. It holds no key and no secret.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.pages;
