package dev.counterfoil.authority.people;

import dev.counterfoil.auditclient.EventDraft;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.authority.auditing.Administrator;
import dev.counterfoil.authority.auditing.AuthorityAudit;
import dev.counterfoil.authority.people.DirectorySteps.Step;
import dev.counterfoil.directory.Consent;
import dev.counterfoil.directory.Directory;
import dev.counterfoil.directory.DirectoryRefusedException;
import dev.counterfoil.directory.Passkey;
import dev.counterfoil.directory.Person;
import dev.counterfoil.directory.Recoveries;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signin.passwords.PasswordHash;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Carries out what the command line asks of people, on the admin socket. A person is named by
 * username; {@link PersonJson} has the forms.
 *
 * @param issuer below which people enrol
 * @param recoveryDelay after which the link of a recovery holds
 */
public record PersonCommands(
    Directory directory,
    URI issuer,
    Duration recoveryDelay,
    AuthorityAudit audit,
    PersonEnds ends) {
  /**
   * {@code {"tenant", "username", "name", "email"?, "password_hash"?}} to {@code {"person"}}; with
   * the hash that another system made of the person's password, as {@link PasswordHash} takes it.
   */
  public static final String ADD = "add-person";

  /**
   * {@code {"username", "new_username"?, "name"?, "email"?, "email_verified"?, "version"?}} to
   * {@code {"person"}}; an empty email takes the address away. With a version, a person that was
   * changed since is not.
   */
  public static final String UPDATE = "update-person";

  /** {@code {"username", "life"}} in seconds to {@code {"link", "expires_at", "person"}}. */
  public static final String INVITE = "invite-person";

  /**
   * {@code {"username", "life"}} in seconds, from when on it holds, to {@code {"link", "due_at",
   * "expires_at", "person"}}.
   */
  public static final String RECOVER = "recover-person";

  /**
   * {@code {"username", "disabled"}} to {@code {"person", "tokens_not_revoked"?}}: why tokens in
   * the person's name are not revoked yet, which is tried until it is done.
   */
  public static final String ADMIT = "admit-person";

  /** The same of {@code {"username"}}: passkeys, password and one-time codes are gone. */
  public static final String RESET = "reset-person";

  /** The same of {@code {"username"}}, with the person as it was. */
  public static final String REMOVE = "remove-person";

  /**
   * {@code {"username"}} to {@code {"person", "groups", "password", "one_time_codes",
   * "invited_until"?, "recovery_due_at"?, "passkeys", "consents"}}.
   */
  public static final String SHOW = "show-person";

  /** {@code {"tenant"?, "after"?}} to {@code {"people"}}, at most {@link #PAGE} of them. */
  public static final String LIST = "list-people";

  /**
   * {@code {"username"}} to {@code {"person", "sessions", "authorities_away"}}, as {@link
   * SessionJson} has them; those of authorities that are away are missing.
   */
  public static final String SESSIONS = "list-sessions";

  /** {@code {"username", "session"}} to {@code {"person", "tokens_not_revoked"?}}. */
  public static final String END_SESSION = "end-session";

  /** {@code {"username"}} to {@code {"person", "consents"}}. */
  public static final String CONSENTS = "list-consents";

  /** {@code {"username", "client_id"}} to {@code {"person", "tokens_not_revoked"?}}. */
  public static final String END_CONSENT = "end-consent";

  /** Every command, and the event that it is. */
  public static final Map<String, Operation> OPERATIONS =
      Map.ofEntries(
          Map.entry(ADD, Operation.PERSON_ADD),
          Map.entry(UPDATE, Operation.PERSON_UPDATE),
          Map.entry(INVITE, Operation.PERSON_INVITE),
          Map.entry(RECOVER, Operation.PERSON_RECOVER),
          Map.entry(ADMIT, Operation.PERSON_ADMIT),
          Map.entry(RESET, Operation.PERSON_RESET),
          Map.entry(REMOVE, Operation.PERSON_REMOVE),
          Map.entry(SHOW, Operation.PERSON_READ),
          Map.entry(LIST, Operation.PERSON_LIST),
          Map.entry(SESSIONS, Operation.SESSION_LIST),
          Map.entry(END_SESSION, Operation.SESSION_END),
          Map.entry(CONSENTS, Operation.CONSENT_LIST),
          Map.entry(END_CONSENT, Operation.CONSENT_END));

  /** Most people of one answer to {@link #LIST}. */
  public static final int PAGE = 50;

  /** Longest life of an invitation. */
  public static final Duration INVITATION_MAX = Duration.ofDays(30);

  /** Carries one out; recorded before it is done, and what then fails has a second event. */
  public Answer carryOut(Request.Command command, Administrator who) {
    Operation operation = OPERATIONS.get(command.name());
    if (operation == null) {
      return new Answer.Refused(Answer.Code.UNKNOWN, "there is no such command");
    }
    return new DirectorySteps(audit, "person")
        .carryOut(
            operation, who, command.arguments(), () -> step(operation, command.arguments(), who));
  }

  private Step step(Operation operation, JsonObject arguments, Administrator who)
      throws FormatException, DirectoryRefusedException {
    return switch (operation) {
      case PERSON_ADD -> {
        arguments.allowOnly("tenant", "username", "name", "email", "password_hash");
        Optional<PasswordHash> hash = passwordHash(arguments);
        Person person =
            directory.newPerson(
                arguments.string("tenant"),
                arguments.string("username"),
                arguments.string("name"),
                arguments.optionalString("email"));
        yield new Step(
            about(operation, who, person)
                .message(
                    "after: "
                        + PersonJson.of(person)
                        + hash.map(of -> ", with an imported password").orElse("")),
            () -> {
              add(person, hash);
              return person(person);
            });
      }
      case PERSON_UPDATE -> change(operation, who, named(arguments, who), updated(arguments, who));
      case PERSON_INVITE -> {
        arguments.allowOnly("username", "life");
        Person person = named(arguments, who);
        Duration life = life(arguments);
        yield new Step(
            about(operation, who, person).message("invitation for " + life),
            () -> {
              String secret = directory.invite(person.subject(), life);
              return person(person)
                  .with(
                      "link",
                      issuer + "/enrol?invitation=" + secret,
                      "expires_at",
                      directory.invitedUntil(person.subject()).map(Instant::toString).orElse(""));
            });
      }
      case PERSON_RECOVER -> {
        arguments.allowOnly("username", "life");
        Person person = named(arguments, who);
        Duration life = life(arguments);
        yield new Step(
            about(operation, who, person)
                .message("recovery after " + recoveryDelay + ", for " + life),
            () -> recovered(person, life));
      }
      case PERSON_ADMIT -> {
        arguments.allowOnly("username", "disabled");
        Person before = named(arguments, who);
        boolean isRefused = arguments.truth("disabled");
        Step change = change(operation, who, before, before.withDisabled(isRefused));
        yield isRefused ? change.asContainment() : change;
      }
      case PERSON_RESET -> {
        arguments.allowOnly("username");
        Person person = named(arguments, who);
        yield new Step(
                about(operation, who, person)
                    .message(
                        "removed: "
                            + directory.passkeys(person.subject()).size()
                            + " passkeys"
                            + (directory.password(person.subject()).isPresent()
                                ? ", a password"
                                : "")
                            + (hasCodes(person) ? ", one-time codes" : "")),
                () -> {
                  directory.takeCredentials(person.subject());
                  return ended(person, "the person was reset");
                })
            .asContainment();
      }
      case PERSON_REMOVE -> {
        arguments.allowOnly("username");
        Person person = named(arguments, who);
        yield new Step(
                about(operation, who, person).message("before: " + PersonJson.of(person)),
                () -> {
                  directory.remove(person.subject());
                  return ended(person, "the person was removed");
                })
            .asContainment();
      }
      case PERSON_READ -> {
        arguments.allowOnly("username");
        Person person = named(arguments, who);
        yield new Step(about(operation, who, person), () -> whole(person));
      }
      case SESSION_LIST -> {
        arguments.allowOnly("username");
        Person person = named(arguments, who);
        yield new Step(about(operation, who, person), () -> sessions(person));
      }
      case SESSION_END -> {
        arguments.allowOnly("username", "session");
        Person person = named(arguments, who);
        yield endingSession(operation, who, person, arguments.string("session"));
      }
      case CONSENT_LIST -> {
        arguments.allowOnly("username");
        Person person = named(arguments, who);
        yield new Step(
            about(operation, who, person), () -> person(person).with("consents", consents(person)));
      }
      case CONSENT_END -> {
        arguments.allowOnly("username", "client_id");
        Person person = named(arguments, who);
        yield endingConsent(operation, who, person, arguments.string("client_id"));
      }
      default -> {
        arguments.allowOnly("tenant", "after");
        Optional<String> tenant = arguments.optionalString("tenant").or(who::tenant);
        String after = arguments.optionalString("after").orElse("");
        yield new Step(
            tenant
                .map(of -> who.draft(operation, of))
                .orElseGet(() -> who.draft(operation))
                .entity("people", "all"),
            () ->
                JsonObject.builder()
                    .put(
                        "people",
                        directory.list(tenant, after, PAGE).stream().map(PersonJson::of).toList())
                    .build());
      }
    };
  }

  private JsonObject sessions(Person person) {
    PersonEnds.Held held = ends.sessions(person.subject());
    return person(person)
        .with("sessions", held.sessions().stream().map(SessionJson::of).toList())
        .with("authorities_away", held.away());
  }

  private Step endingSession(Operation operation, Administrator who, Person person, String session)
      throws DirectoryRefusedException {
    PersonEnds.Held held = ends.sessions(person.subject());
    // At an authority that is away it may be: that one hears of it when it is back.
    if (held.away().isEmpty()
        && held.sessions().stream().noneMatch(one -> one.session().id().equals(session))) {
      throw DirectoryRefusedException.unknownOfPerson(
          person.username() + " has no such session. It may have ended.");
    }
    return new Step(
            about(operation, who, person).message("session " + session),
            () -> notRevoked(person, ends.endSession(person.subject(), session)))
        .asContainment();
  }

  private Step endingConsent(Operation operation, Administrator who, Person person, String clientId)
      throws DirectoryRefusedException {
    Consent present =
        directory
            .consent(person.subject(), clientId)
            .orElseThrow(
                () ->
                    DirectoryRefusedException.unknownOfPerson(
                        person.username() + " allows this client nothing."));
    return new Step(
            about(operation, who, person)
                .message("client " + clientId + ", before: " + String.join(" ", present.scopes())),
            () -> {
              // Before it is withdrawn, too: a crash between leaves something to end again.
              var _ = ends.consentEnded(person.subject(), clientId);
              directory.withdraw(person.subject(), clientId);
              return notRevoked(person, ends.consentEnded(person.subject(), clientId));
            })
        .asContainment();
  }

  private static Optional<PasswordHash> passwordHash(JsonObject arguments) throws FormatException {
    Optional<String> text = arguments.optionalString("password_hash");
    try {
      return text.map(PasswordHash::parse);
    } catch (IllegalArgumentException e) {
      throw new FormatException(String.valueOf(e.getMessage()), e);
    }
  }

  private void add(Person person, Optional<PasswordHash> hash) throws DirectoryRefusedException {
    if (hash.isEmpty()) {
      directory.add(person);
      return;
    }
    directory
        .importedPasswords()
        .add(person, hash.get().text(), hash.filter(of -> !of.isOurs()).map(PasswordHash::kind));
  }

  private JsonObject recovered(Person person, Duration life) throws DirectoryRefusedException {
    String secret = directory.recoveries().begin(person.subject(), recoveryDelay, life);
    Recoveries.Begun begun =
        directory
            .recoveries()
            .ofLink(secret)
            .orElseThrow(() -> new IllegalStateException("a recovery ended as it began"));
    return person(person)
        .with("link", issuer + "/enrol?invitation=" + secret, "due_at", begun.dueAt().toString())
        .with("expires_at", begun.expiresAt().toString());
  }

  private Step change(Operation operation, Administrator who, Person before, Person after) {
    return new Step(
        about(operation, who, before)
            .message("before: " + PersonJson.of(before) + ", after: " + PersonJson.of(after)),
        () -> {
          // A change to what is so already still ends what a crash may have left.
          Person changed = after.equals(before) ? before : directory.change(after);
          return changed.disabled() ? ended(changed, "the person is disabled") : person(changed);
        });
  }

  private Person updated(JsonObject arguments, Administrator who)
      throws FormatException, DirectoryRefusedException {
    arguments.allowOnly("username", "new_username", "name", "email", "email_verified", "version");
    Person person = named(arguments, who);
    Optional<Long> version = arguments.optionalNumber("version");
    if (version.isPresent() && version.get() != person.version()) {
      person = person.withVersion(version.get());
    }
    try {
      Optional<String> username = arguments.optionalString("new_username");
      if (username.isPresent()) {
        person = person.withUsername(username.get());
      }
      Optional<String> name = arguments.optionalString("name");
      if (name.isPresent()) {
        person = person.withName(name.get());
      }
      boolean isVerified = arguments.has("email_verified") && arguments.truth("email_verified");
      Optional<String> email = arguments.optionalString("email");
      if (email.isPresent()) {
        person = person.withEmail(email.filter(text -> !text.isEmpty()), isVerified);
      } else if (arguments.has("email_verified")) {
        person = person.withEmail(person.email(), isVerified);
      }
      return person;
    } catch (IllegalArgumentException e) {
      throw new FormatException(String.valueOf(e.getMessage()), e);
    }
  }

  private static Duration life(JsonObject arguments) throws FormatException {
    long seconds = arguments.number("life");
    if (seconds < 1 || seconds > INVITATION_MAX.toSeconds()) {
      throw new FormatException(
          "an invitation lives for 1 second to " + INVITATION_MAX.toDays() + " days");
    }
    return Duration.ofSeconds(seconds);
  }

  private Person named(JsonObject arguments, Administrator who)
      throws FormatException, DirectoryRefusedException {
    return DirectorySteps.named(directory, arguments.string("username"), who.tenant());
  }

  private static EventDraft about(Operation operation, Administrator who, Person person) {
    return who.draft(operation, person.tenant()).entity("person", person.subject());
  }

  private JsonObject ended(Person person, String why) {
    return notRevoked(person, ends.ended(person.subject(), why));
  }

  private static JsonObject notRevoked(Person person, Optional<String> failure) {
    JsonObject answer = person(person);
    return failure.map(text -> answer.with("tokens_not_revoked", text)).orElse(answer);
  }

  private static JsonObject person(Person person) {
    return JsonObject.builder().put("person", PersonJson.of(person)).build();
  }

  private JsonObject whole(Person person) {
    List<JsonObject> passkeys =
        directory.passkeys(person.subject()).stream().map(PersonCommands::passkey).toList();
    return JsonObject.builder()
        .put("person", PersonJson.of(person))
        .put("groups", directory.groups().of(person.subject()))
        .put("password", directory.password(person.subject()).isPresent())
        .put("one_time_codes", hasCodes(person))
        .put(
            "invited_until",
            directory.invitedUntil(person.subject()).map(Instant::toString).orElse(null))
        .put(
            "recovery_due_at",
            directory
                .recoveries()
                .of(person.subject())
                .map(begun -> begun.dueAt().toString())
                .orElse(null))
        .put("passkeys", passkeys)
        .put("consents", consents(person))
        .build();
  }

  private List<JsonObject> consents(Person person) {
    return directory.consents(person.subject()).stream().map(PersonCommands::consent).toList();
  }

  private boolean hasCodes(Person person) {
    return directory.secondFactors().of(person.subject()).isPresent();
  }

  private static JsonObject passkey(Passkey passkey) {
    return JsonObject.builder()
        .put("id", Base64Url.encode(passkey.id()))
        .put("label", passkey.label())
        .put("backed_up", passkey.backedUp())
        .put("created_at", passkey.createdAt().toString())
        .put("used_at", passkey.usedAt().map(Instant::toString).orElse(null))
        .build();
  }

  private static JsonObject consent(Consent consent) {
    return JsonObject.builder()
        .put("client_id", consent.clientId())
        .put("scopes", List.copyOf(consent.scopes()))
        .put("at", consent.at().toString())
        .put("until", consent.until().map(Instant::toString).orElse(null))
        .build();
  }
}
