/**
 * What a browser holds of ours and gives back: cookies, challenges that count once, the mark of a
 * browser that a person used before, and the key under which all of that is made.
 *
 * <p>What was given out, and to which browser, is answered here. Who signs in is not.
 *
 * <p><b>Trust.</b> An attacker who controls it can forge what a browser shows: the proof of a
 * password that was right, a form of our own pages, a browser that is known. They open the secrets
 * of one-time codes, which its key seals. Sessions are kept elsewhere, as hashes, and none can be
 * made from here.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.signin.browser;
