package dev.counterfoil.authority;

import dev.counterfoil.authority.people.PersonCommands;
import dev.counterfoil.authority.people.PersonJson;
import dev.counterfoil.directory.Person;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signin.passwords.PasswordHash;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Manages the people of one domain over the authority's admin socket. */
public final class PeopleAdmin {
  private final AuthorityAdmin admin;

  PeopleAdmin(AuthorityAdmin admin) {
    this.admin = admin;
  }

  /** Puts a person in. */
  public Person add(String tenant, String username, String name, Optional<String> email)
      throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
    return add(tenant, username, name, email, Optional.empty());
  }

  /** Puts a person in, with the password that another system hashed. */
  public Person add(
      String tenant,
      String username,
      String name,
      Optional<String> email,
      Optional<PasswordHash> password)
      throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
    return person(
        admin.ask(
            PersonCommands.ADD,
            JsonObject.builder()
                .put("tenant", tenant)
                .put("username", username)
                .put("name", name)
                .put("email", email.orElse(null))
                .put("password_hash", password.map(PasswordHash::text).orElse(null))
                .build()));
  }

  /**
   * What is to be different about a person.
   *
   * @param email empty to leave it; an empty text to take it away
   * @param version as the person was read; empty for whichever it has
   */
  public record Update(
      Optional<String> username,
      Optional<String> name,
      Optional<String> email,
      Optional<Boolean> emailVerified,
      OptionalLong version) {
    /** Of the person as it is. */
    public Update(
        Optional<String> username,
        Optional<String> name,
        Optional<String> email,
        Optional<Boolean> emailVerified) {
      this(username, name, email, emailVerified, OptionalLong.empty());
    }
  }

  /** Changes what is kept of a person. */
  public Person update(String username, Update update)
      throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
    JsonObject.Builder json =
        JsonObject.builder()
            .put("username", username)
            .put("new_username", update.username().orElse(null))
            .put("name", update.name().orElse(null))
            .put("email", update.email().orElse(null));
    update.emailVerified().ifPresent(verified -> json.put("email_verified", verified));
    update.version().ifPresent(version -> json.put("version", version));
    return person(admin.ask(PersonCommands.UPDATE, json.build()));
  }

  /**
   * An invitation.
   *
   * @param link opens it: a secret, which makes its first user that person
   */
  public record Invitation(Person person, String link, Instant expiresAt) {
    /** Leaves the link out. */
    @Override
    public String toString() {
      return "Invitation[" + person.username() + ", until " + expiresAt + "]";
    }
  }

  /** Invites a person; an invitation before ends. */
  public Invitation invite(String username, Duration life)
      throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
    return read(
        admin.ask(PersonCommands.INVITE, username(username).with("life", life.toSeconds())),
        "an invitation",
        answer ->
            new Invitation(
                PersonJson.parse(answer.object("person")),
                answer.string("link"),
                Instant.parse(answer.string("expires_at"))));
  }

  /**
   * A recovery.
   *
   * @param link takes the place of everything by which the person signs in: a secret
   * @param dueAt from when on it holds
   */
  public record Recovery(Person person, String link, Instant dueAt, Instant expiresAt) {
    /** Leaves the link out. */
    @Override
    public String toString() {
      return "Recovery[" + person.username() + ", from " + dueAt + "]";
    }
  }

  /** Begins a recovery; one before ends. */
  public Recovery recover(String username, Duration life)
      throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
    return read(
        admin.ask(PersonCommands.RECOVER, username(username).with("life", life.toSeconds())),
        "a recovery",
        answer ->
            new Recovery(
                PersonJson.parse(answer.object("person")),
                answer.string("link"),
                Instant.parse(answer.string("due_at")),
                Instant.parse(answer.string("expires_at"))));
  }

  /**
   * A person whose sessions and tokens were ended.
   *
   * @param notRevoked why some tokens are not revoked yet, which the authority tries until it is
   *     done; empty when all are
   */
  public record Ended(Person person, Optional<String> notRevoked) {
    private static Ended of(JsonObject answer) throws IOException {
      return read(
          answer,
          "a person",
          json ->
              new Ended(
                  PersonJson.parse(json.object("person")),
                  json.optionalString("tokens_not_revoked")));
    }
  }

  /** Has a person refused, and ends sessions and tokens; or admits the person again. */
  public Ended admit(String username, boolean isAdmitted)
      throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
    return Ended.of(
        admin.ask(PersonCommands.ADMIT, username(username).with("disabled", !isAdmitted)));
  }

  /** Takes passkeys and password from a person, and ends sessions and tokens. */
  public Ended reset(String username)
      throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
    return Ended.of(admin.ask(PersonCommands.RESET, username(username)));
  }

  /** Takes a person out, and ends sessions and tokens. */
  public Ended remove(String username)
      throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
    return Ended.of(admin.ask(PersonCommands.REMOVE, username(username)));
  }

  /** Where a person is signed in, as {@link PersonCommands#SESSIONS} answers it. */
  public JsonObject sessions(String username)
      throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
    return admin.ask(PersonCommands.SESSIONS, username(username));
  }

  /** Ends one session of a person, and what was issued on it. */
  public Ended endSession(String username, String session)
      throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
    return Ended.of(
        admin.ask(PersonCommands.END_SESSION, username(username).with("session", session)));
  }

  /** What a person agreed to, as {@link PersonCommands#CONSENTS} answers it. */
  public JsonObject consents(String username)
      throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
    return admin.ask(PersonCommands.CONSENTS, username(username));
  }

  /** Ends what a person allowed a client, with its tokens. */
  public Ended endConsent(String username, String clientId)
      throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
    return Ended.of(
        admin.ask(PersonCommands.END_CONSENT, username(username).with("client_id", clientId)));
  }

  /** Everything that is kept of a person, as {@link PersonCommands#SHOW} answers it. */
  public JsonObject show(String username)
      throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
    return admin.ask(PersonCommands.SHOW, username(username));
  }

  /** The person of a username; empty where there is none. */
  public Optional<Person> find(String username)
      throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
    try {
      return Optional.of(person(show(username)));
    } catch (AuthorityAdmin.RefusedException e) {
      if (e.code() == Answer.Code.UNKNOWN) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** Everybody, or those of one tenant, in the order of their usernames. */
  public List<Person> list(Optional<String> tenant)
      throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
    List<Person> people = new ArrayList<>();
    String after = "";
    while (true) {
      JsonObject page =
          admin.ask(
              PersonCommands.LIST,
              JsonObject.builder().put("tenant", tenant.orElse(null)).put("after", after).build());
      try {
        List<JsonObject> entries = page.objects("people");
        for (JsonObject entry : entries) {
          people.add(PersonJson.parse(entry));
        }
        if (entries.size() < PersonCommands.PAGE) {
          return people;
        }
      } catch (FormatException e) {
        throw new IOException("the authority answered with a list that is none", e);
      }
      after = people.getLast().username();
    }
  }

  private static JsonObject username(String username) {
    return JsonObject.builder().put("username", username).build();
  }

  private static Person person(JsonObject answer) throws IOException {
    return read(answer, "a person", json -> PersonJson.parse(json.object("person")));
  }

  private interface Reading<T> {
    T of(JsonObject answer) throws FormatException;
  }

  private static <T> T read(JsonObject answer, String what, Reading<T> reading) throws IOException {
    try {
      return reading.of(answer);
    } catch (FormatException | DateTimeException e) {
      throw new IOException("the authority answered with " + what + " that is none", e);
    }
  }
}
