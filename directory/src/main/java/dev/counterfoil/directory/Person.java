package dev.counterfoil.directory;

import java.time.Instant;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A person of a domain.
 *
 * @param subject the {@code sub} of tokens in the person's name: 128 random bits in base64url,
 *     never changed and never given again
 * @param tenant the tenant that the person belongs to, 1 to 200 characters; never changed
 * @param username what the person types to sign in: 1 to 64 of {@code a-z 0-9 . _ @ + -}, unique in
 *     the domain
 * @param name for people, 1 to 200 characters
 * @param email an address of up to 254 characters
 * @param emailVerified whether the address was seen to be the person's
 * @param disabled whether the person is refused
 * @param createdAt to the millisecond
 * @param version rises with each change, from 1
 */
public record Person(
    String subject,
    String tenant,
    String username,
    String name,
    Optional<String> email,
    boolean emailVerified,
    boolean disabled,
    Instant createdAt,
    long version) {
  private static final Pattern USERNAME = Pattern.compile("[a-z0-9._@+-]{1,64}");

  /** Looser than RFC 5321, and enough to keep control characters and lists of addresses out. */
  private static final Pattern EMAIL =
      Pattern.compile("[^\\s\\p{Cntrl}@,;<>\"]+@[^\\s\\p{Cntrl}@,;<>\"]+");

  private static final int TEXT_MAX = 200;
  private static final int EMAIL_MAX = 254;

  /**
   * Checks every rule.
   *
   * @throws IllegalArgumentException naming the rule that is broken
   */
  public Person {
    require(isText(tenant), "a tenant has 1 to 200 characters and no control characters");
    require(USERNAME.matcher(username).matches(), "a username is 1 to 64 of a-z 0-9 . _ @ + and -");
    require(isText(name), "a name has 1 to 200 characters and no control characters");
    require(
        email.isEmpty() || isEmail(email.get()),
        "an e-mail address has one @ and at most 254 characters, without spaces");
    require(email.isPresent() || !emailVerified, "no address, so none that is verified");
  }

  /** The same person under another username. */
  public Person withUsername(String changed) {
    return new Person(
        subject, tenant, changed, name, email, emailVerified, disabled, createdAt, version);
  }

  /** The same person by another name. */
  public Person withName(String changed) {
    return new Person(
        subject, tenant, username, changed, email, emailVerified, disabled, createdAt, version);
  }

  /** The same person with another address, or none. */
  public Person withEmail(Optional<String> changed, boolean verified) {
    return new Person(
        subject, tenant, username, name, changed, verified, disabled, createdAt, version);
  }

  /** The same person, refused or admitted. */
  public Person withDisabled(boolean changed) {
    return new Person(
        subject, tenant, username, name, email, emailVerified, changed, createdAt, version);
  }

  /** The same person as of another version. */
  public Person withVersion(long changed) {
    return new Person(
        subject, tenant, username, name, email, emailVerified, disabled, createdAt, changed);
  }

  /** Whether a text can be a username. */
  public static boolean isUsername(String text) {
    return USERNAME.matcher(text).matches();
  }

  /** Whether a text can be an e-mail address. */
  public static boolean isEmail(String text) {
    return text.length() <= EMAIL_MAX && EMAIL.matcher(text).matches();
  }

  static boolean isText(String text) {
    return !text.isBlank()
        && text.length() <= TEXT_MAX
        && text.chars().noneMatch(Character::isISOControl);
  }

  private static void require(boolean holds, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(rule);
    }
  }
}
