package dev.counterfoil.drills.mail;

import java.net.URI;

/** How the mail server decides about a token. */
public sealed interface MailTokenCheck {
  /**
   * By itself: signature, {@code exp} and {@code sub} against the public keys in its key folder. It
   * asks nobody, so it cannot know whether a token was ever issued.
   */
  record Locally() implements MailTokenCheck {}

  /**
   * By asking the authority for each login (RFC 7662).
   *
   * @param endpoint where
   * @param clientId who asks
   * @param clientSecret the asker's secret; it stands in the mail server's configuration file,
   *     which only its owner reads
   */
  record ByIntrospection(URI endpoint, String clientId, String clientSecret)
      implements MailTokenCheck {
    @Override
    public String toString() {
      return "ByIntrospection[" + endpoint + ", " + clientId + "]";
    }
  }
}
