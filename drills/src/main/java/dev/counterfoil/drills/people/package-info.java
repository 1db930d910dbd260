/**
 * The drill of sign-in: a person with a browser and a passkey, a web application, an API, and a
 * thief who has the session or the refresh token.
 *
 * <p><b>Trust.</b> The browser is this machine's Chromium with a profile in the drill's folder. Its
 * passkey is one that Chromium plays, with its private key in that process. All of it ends with the
 * run.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.drills.people;
