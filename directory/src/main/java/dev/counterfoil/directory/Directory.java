package dev.counterfoil.directory;

import dev.counterfoil.directory.DirectoryRefusedException.Reason;
import dev.counterfoil.directory.database.OpenTables;
import dev.counterfoil.directory.database.TablePlace;
import dev.counterfoil.directory.database.TableSet;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * The people of one domain on disk. For all threads. A change is durable when its call returns, and
 * a crash leaves it whole or not at all. Of two changes that began from the same version of a
 * person the second is refused.
 *
 * <p>A database that cannot be read or written throws what JDBI throws, and nothing has changed
 * then; {@link TablePlace#isAway} says whether another try in a moment may succeed.
 */
public final class Directory implements AutoCloseable {
  /** Its tables. */
  public static final TableSet TABLES =
      new TableSet("people", "dev/counterfoil/directory", Set.of());

  /** Most people that {@link #list} gives at one time. */
  public static final int PAGE_MAX = 1_000;

  /** Most passkeys of a person. */
  public static final int PASSKEYS_MAX = 20;

  /** Most clients that a person can have agreed to. */
  public static final int CONSENTS_MAX = 1_000;

  private static final int SUBJECT_BYTES = 16;

  private final OpenTables tables;
  private final Jdbi jdbi;
  private final Secrets secrets;
  private final Groups groups;
  private final InstantSource clock;
  private final SecondFactors secondFactors;
  private final Recoveries recoveries;
  private final UpstreamLinks upstreamLinks;
  private final ImportedPasswords importedPasswords;
  private final Endings endings;
  private final PersonChanges changes;

  Directory(OpenTables tables, SecureRandom random, InstantSource clock) {
    this.tables = tables;
    this.jdbi = tables.jdbi();
    this.secrets = new Secrets(random);
    this.groups = new Groups(jdbi, clock);
    this.clock = clock;
    this.secondFactors = new SecondFactors(jdbi);
    this.changes = new PersonChanges(jdbi, clock);
    this.recoveries = new Recoveries(jdbi, secrets, changes, clock);
    this.upstreamLinks = new UpstreamLinks(jdbi, clock);
    this.importedPasswords = new ImportedPasswords(jdbi);
    this.endings = new Endings(jdbi);
  }

  /** Passwords that another system hashed. */
  public ImportedPasswords importedPasswords() {
    return importedPasswords;
  }

  /** What ended, for the other authorities that share this database. */
  public Endings endings() {
    return endings;
  }

  /** What changed for people, for those who want to hear. */
  public PersonChanges changes() {
    return changes;
  }

  /** Which accounts at other providers sign people in. */
  public UpstreamLinks upstreamLinks() {
    return upstreamLinks;
  }

  /** How people who lost everything come back. */
  public Recoveries recoveries() {
    return recoveries;
  }

  /** What people prove beside a password. */
  public SecondFactors secondFactors() {
    return secondFactors;
  }

  /**
   * Opens a directory, and makes it where there is none.
   *
   * @throws IOException when it cannot be opened or made
   */
  public static Directory open(TablePlace place, SecureRandom random, InstantSource clock)
      throws IOException {
    return new Directory(place.open(TABLES), random, clock);
  }

  /** The same in a file. */
  public static Directory open(Path file, SecureRandom random, InstantSource clock)
      throws IOException {
    return open(new TablePlace.File(file), random, clock);
  }

  /** The groups of people. */
  public Groups groups() {
    return groups;
  }

  /**
   * A person who is in no directory yet.
   *
   * @param username in any case; kept in lower case
   * @throws DirectoryRefusedException when a rule of {@link Person} is broken
   */
  public Person newPerson(String tenant, String username, String name, Optional<String> email)
      throws DirectoryRefusedException {
    try {
      return new Person(
          secrets.text(SUBJECT_BYTES),
          tenant,
          username.toLowerCase(Locale.ROOT),
          name,
          email,
          false,
          false,
          now(),
          1);
    } catch (IllegalArgumentException e) {
      throw new DirectoryRefusedException(Reason.MALFORMED, String.valueOf(e.getMessage()));
    }
  }

  /**
   * Puts a person in, who can prove nothing yet: see {@link #invite}.
   *
   * @param username in any case; kept in lower case
   * @throws DirectoryRefusedException when the username is taken, or a rule of {@link Person} is
   *     broken
   */
  public Person add(String tenant, String username, String name, Optional<String> email)
      throws DirectoryRefusedException {
    Person person = newPerson(tenant, username, name, email);
    add(person);
    return person;
  }

  /**
   * Puts a person in.
   *
   * @throws DirectoryRefusedException when the username is taken
   */
  public void add(Person person) throws DirectoryRefusedException {
    if (!jdbi.withHandle(handle -> Rows.insert(handle, person))) {
      throw DirectoryRefusedException.taken(person.username());
    }
  }

  /** The person that a token's {@code sub} names. */
  public Optional<Person> bySubject(String subject) {
    return one(Rows.PERSON + " WHERE subject = :key", subject);
  }

  /** The person of a username, in any case. */
  public Optional<Person> byUsername(String username) {
    String lower = username.toLowerCase(Locale.ROOT);
    return Person.isUsername(lower)
        ? one(Rows.PERSON + " WHERE username = :key", lower)
        : Optional.empty();
  }

  /**
   * The person of a username, in any case.
   *
   * @throws DirectoryRefusedException when there is none
   */
  public Person named(String username) throws DirectoryRefusedException {
    return byUsername(username).orElseThrow(() -> DirectoryRefusedException.unknown(username));
  }

  private Optional<Person> one(String query, String key) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery(query)
                .bind("key", key)
                .map((results, context) -> Rows.person(results))
                .findOne());
  }

  /**
   * People in the order of their usernames.
   *
   * @param tenant whose; empty for those of all tenants
   * @param afterUsername the last one of the page before; empty to begin
   * @param max at most so many, and never more than {@link #PAGE_MAX}
   */
  public List<Person> list(Optional<String> tenant, String afterUsername, int max) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery(
                    Rows.PERSON
                        + " WHERE username > :after"
                        + (tenant.isPresent() ? " AND tenant = :tenant" : "")
                        + " ORDER BY username LIMIT :max")
                .bind("after", afterUsername)
                .bind("tenant", tenant.orElse(""))
                .bind("max", Math.clamp(max, 0, PAGE_MAX))
                .map((results, context) -> Rows.person(results))
                .list());
  }

  /**
   * Changes username, name, address, or whether the person is refused.
   *
   * @param changed as it was read, with what is to be different
   * @return as it is now, with the next version
   * @throws DirectoryRefusedException when another change came first, the username is taken, or
   *     there is no such person
   */
  public Person change(Person changed) throws DirectoryRefusedException {
    return refusable(
        handle -> {
          Person present =
              handle
                  .createQuery(Rows.PERSON + " WHERE subject = :key")
                  .bind("key", changed.subject())
                  .map((results, context) -> Rows.person(results))
                  .findOne()
                  .orElseThrow(DirectoryRefusedException::unknown);
          if (present.version() != changed.version()) {
            throw new DirectoryRefusedException(
                Reason.OUTDATED,
                present.username()
                    + " was changed in the meantime. Look again, and make your change again.");
          }
          if (!present.tenant().equals(changed.tenant())
              || !present.createdAt().equals(changed.createdAt())) {
            throw new DirectoryRefusedException(
                Reason.MALFORMED, "A person stays in its tenant. Add a person in the other one.");
          }
          requireFree(handle, changed);
          handle
              .createUpdate(
                  "UPDATE person SET username = :username, name = :name, email = :email,"
                      + " email_verified = :verified, disabled = :disabled, version = version + 1"
                      + " WHERE subject = :subject")
              .bind("subject", changed.subject())
              .bind("username", changed.username())
              .bind("name", changed.name())
              .bind("email", changed.email().orElse(null))
              .bind("verified", Rows.flag(changed.emailVerified()))
              .bind("disabled", Rows.flag(changed.disabled()))
              .execute();
          changes.note(handle, present, changed);
          return new Person(
              changed.subject(),
              changed.tenant(),
              changed.username(),
              changed.name(),
              changed.email(),
              changed.emailVerified(),
              changed.disabled(),
              changed.createdAt(),
              changed.version() + 1);
        });
  }

  private static void requireFree(Handle handle, Person changed) throws DirectoryRefusedException {
    boolean isTaken =
        handle
            .createQuery("SELECT 1 FROM person WHERE username = :username AND subject <> :subject")
            .bind("username", changed.username())
            .bind("subject", changed.subject())
            .mapTo(Integer.class)
            .findOne()
            .isPresent();
    if (isTaken) {
      throw DirectoryRefusedException.taken(changed.username());
    }
  }

  /**
   * Takes a person out, with passkeys, password, invitation and consents, and out of all groups.
   *
   * @return whether there was one
   */
  public boolean remove(String subject) {
    boolean isGone =
        jdbi.inTransaction(
            handle -> {
              changes.add(handle, PersonChanges.Kind.REMOVED, subject, "", "");
              return handle
                      .createUpdate("DELETE FROM person WHERE subject = :key")
                      .bind("key", subject)
                      .execute()
                  > 0;
            });
    changes.told();
    return isGone;
  }

  /**
   * Takes passkeys, password, one-time codes, linked accounts, invitation and recovery from a
   * person, who can prove nothing any more then.
   */
  public void takeCredentials(String subject) {
    jdbi.useTransaction(handle -> changes.takeCredentials(handle, subject));
    changes.told();
  }

  /**
   * Invites a person to enrol. An invitation before ends.
   *
   * @return the secret of the link: 256 random bits in base64url. Only its hash is kept.
   * @throws DirectoryRefusedException when there is no such person
   */
  public String invite(String subject, Duration life) throws DirectoryRefusedException {
    String secret = secrets.make();
    refusable(
        handle -> {
          Rows.requirePerson(handle, subject);
          return handle
              .createUpdate(
                  "INSERT INTO invitation (subject, hash, expires_at)"
                      + " VALUES (:subject, :hash, :expires)"
                      + " ON CONFLICT (subject) DO UPDATE SET hash = :hash, expires_at = :expires")
              .bind("subject", subject)
              .bind("hash", Secrets.hash(secret))
              .bind("expires", now().plus(life).toEpochMilli())
              .execute();
        });
    return secret;
  }

  /**
   * Who may enrol with a secret; empty when it expired, was used, ended, or the person is refused.
   */
  public Optional<Person> invited(String secret) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery(
                    Rows.PERSON
                        + " JOIN invitation USING (subject)"
                        + " WHERE hash = :hash AND expires_at > :now AND disabled = 0")
                .bind("hash", Secrets.hash(secret))
                .bind("now", now().toEpochMilli())
                .map((results, context) -> Rows.person(results))
                .findOne());
  }

  /** Uses an invitation up: true for the first of all that try, while it counts. */
  public boolean useInvitation(String secret) {
    return jdbi.withHandle(
            handle ->
                handle
                    .createUpdate(
                        "DELETE FROM invitation WHERE hash = :hash AND expires_at > :now"
                            + " AND EXISTS (SELECT 1 FROM person"
                            + " WHERE person.subject = invitation.subject AND disabled = 0)")
                    .bind("hash", Secrets.hash(secret))
                    .bind("now", now().toEpochMilli())
                    .execute())
        == 1;
  }

  /** When a person's invitation expires; empty without one that counts. */
  public Optional<Instant> invitedUntil(String subject) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery(
                    "SELECT expires_at FROM invitation WHERE subject = :key AND expires_at > :now")
                .bind("key", subject)
                .bind("now", now().toEpochMilli())
                .map((results, context) -> Instant.ofEpochMilli(results.getLong("expires_at")))
                .findOne());
  }

  /**
   * Gives a person a passkey.
   *
   * @throws DirectoryRefusedException when its id is known already, the person has {@link
   *     #PASSKEYS_MAX}, or there is no such person
   */
  public void addPasskey(Passkey passkey) throws DirectoryRefusedException {
    refusable(
        handle -> {
          Rows.requirePerson(handle, passkey.subject());
          Rows.requireRoom(handle, "passkey", passkey.subject(), PASSKEYS_MAX);
          int added =
              handle
                  .createUpdate(
                      "INSERT INTO passkey (id, subject, attested, sign_count, backed_up, label,"
                          + " created_at, used_at) VALUES (:id, :subject, :attested, :count,"
                          + " :backedUp, :label, :created, :used) ON CONFLICT (id) DO NOTHING")
                  .bind("id", passkey.id())
                  .bind("subject", passkey.subject())
                  .bind("attested", passkey.attested())
                  .bind("count", passkey.signCount())
                  .bind("backedUp", Rows.flag(passkey.backedUp()))
                  .bind("label", passkey.label())
                  .bind("created", passkey.createdAt().toEpochMilli())
                  .bind("used", passkey.usedAt().map(Instant::toEpochMilli).orElse(null))
                  .execute();
          if (added == 0) {
            throw new DirectoryRefusedException(
                Reason.TAKEN, "This passkey is enrolled already. Use it to sign in.");
          }
          changes.credential(handle, passkey.subject(), PersonChanges.PASSKEY, "create");
          return added;
        });
  }

  /**
   * Notes a use of a passkey (WebAuthn 7.2, step 22).
   *
   * @param signCount the counter that came with it; 0 from authenticators without one
   * @param at to the millisecond
   * @return false when the counter did not rise, so that there may be a copy of the passkey, or
   *     when there is no such passkey any more: nothing is noted then
   */
  public boolean usedPasskey(byte[] id, long signCount, boolean backedUp, Instant at) {
    return jdbi.withHandle(
            handle ->
                handle
                    .createUpdate(
                        "UPDATE passkey SET sign_count = :count, backed_up = :backedUp,"
                            + " used_at = :at WHERE id = :id"
                            + " AND (sign_count < :count OR (sign_count = 0 AND :count = 0))")
                    .bind("id", id)
                    .bind("count", signCount)
                    .bind("backedUp", Rows.flag(backedUp))
                    .bind("at", at.toEpochMilli())
                    .execute())
        == 1;
  }

  /** The passkey of a credential id. */
  public Optional<Passkey> passkey(byte[] id) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery(Rows.PASSKEY + " WHERE id = :id")
                .bind("id", id)
                .map((results, context) -> Rows.passkey(results))
                .findOne());
  }

  /** A person's passkeys, the oldest first. */
  public List<Passkey> passkeys(String subject) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery(Rows.PASSKEY + " WHERE subject = :key ORDER BY created_at, id")
                .bind("key", subject)
                .map((results, context) -> Rows.passkey(results))
                .list());
  }

  /** Takes a passkey from a person; whether the person had it. */
  public boolean removePasskey(String subject, byte[] id) {
    boolean isGone =
        jdbi.inTransaction(
            handle -> {
              boolean had =
                  handle
                          .createUpdate("DELETE FROM passkey WHERE id = :id AND subject = :key")
                          .bind("id", id)
                          .bind("key", subject)
                          .execute()
                      == 1;
              if (had) {
                changes.credential(handle, subject, PersonChanges.PASSKEY, PersonChanges.REVOKED);
              }
              return had;
            });
    changes.told();
    return isGone;
  }

  /** The hash of a person's password as a PHC string; empty for people without one. */
  public Optional<String> password(String subject) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery(
                    "SELECT password FROM person"
                        + " WHERE subject = :key AND password IS NOT NULL")
                .bind("key", subject)
                .mapTo(String.class)
                .findOne());
  }

  /**
   * Gives a person a password, or takes it away.
   *
   * @param phc its hash as a PHC string, up to 512 characters, never the password
   * @throws DirectoryRefusedException when there is no such person
   */
  public void setPassword(String subject, Optional<String> phc) throws DirectoryRefusedException {
    phc.ifPresent(ImportedPasswords::requireHash);
    int changed =
        jdbi.inTransaction(
            handle -> {
              changes.credential(
                  handle,
                  subject,
                  PersonChanges.PASSWORD,
                  phc.isPresent() ? "update" : PersonChanges.REVOKED);
              return handle
                  .createUpdate(
                      "UPDATE person SET password = :phc, imported = NULL WHERE subject = :key")
                  .bind("phc", phc.orElse(null))
                  .bind("key", subject)
                  .execute();
            });
    changes.told();
    if (changed == 0) {
      throw DirectoryRefusedException.unknown();
    }
  }

  /** What a person agreed to, in the order of the clients' ids, also what has expired. */
  public List<Consent> consents(String subject) {
    return jdbi.withHandle(handle -> Consents.of(handle, subject));
  }

  /** What a person agreed to for one client, also when it has expired. */
  public Optional<Consent> consent(String subject, String clientId) {
    return jdbi.withHandle(handle -> Consents.of(handle, subject, clientId));
  }

  /** The person that a {@code sub} names, with what they agreed to for one client. */
  public Optional<PersonConsent> withConsent(String subject, String clientId) {
    return jdbi.withHandle(handle -> Consents.ofPerson(handle, subject, clientId));
  }

  /**
   * Keeps a consent in the place of the one for the same client.
   *
   * @throws DirectoryRefusedException when there is no such person, or the person agreed to {@link
   *     #CONSENTS_MAX} clients
   */
  public void consent(Consent consent) throws DirectoryRefusedException {
    refusable(
        handle -> {
          Rows.requirePerson(handle, consent.subject());
          if (!Consents.replace(handle, consent)) {
            Rows.requireRoom(handle, "consent", consent.subject(), CONSENTS_MAX);
            Consents.add(handle, consent);
          }
          return consent;
        });
  }

  /** Ends a consent; whether there was one. */
  public boolean withdraw(String subject, String clientId) {
    return jdbi.withHandle(handle -> Consents.remove(handle, subject, clientId));
  }

  interface Refusable<T> {
    T in(Handle handle) throws DirectoryRefusedException;
  }

  private <T> T refusable(Refusable<T> change) throws DirectoryRefusedException {
    T result = jdbi.inTransaction(change::in);
    changes.told();
    return result;
  }

  private Instant now() {
    return Instant.ofEpochMilli(clock.millis());
  }

  @Override
  public void close() {
    tables.close();
  }
}
