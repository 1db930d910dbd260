package dev.counterfoil.drills.mail;

import java.util.regex.Pattern;

/**
 * Somebody with a mailbox.
 *
 * @param name the login, which is the token's subject: lower case, as the mail server compares it
 * @param domain trust domain that issues the user's tokens
 * @param tenant the tenant the user belongs to
 */
public record MailUser(String name, String domain, String tenant) {
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9.@-]{0,63}");

  public MailUser {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("a mail user's name is lower case letters, digits, . @ -");
    }
  }
}
