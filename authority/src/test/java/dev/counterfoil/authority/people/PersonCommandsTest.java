package dev.counterfoil.authority.people;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.authority.AuthorityAdmin;
import dev.counterfoil.authority.PeopleAdmin;
import dev.counterfoil.authority.RunningDomain;
import dev.counterfoil.authority.auditing.Administrator;
import dev.counterfoil.directory.Directory;
import dev.counterfoil.directory.Person;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerServer;
import dev.counterfoil.signin.passwords.PasswordHash;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** People are managed at the admin socket, each change an event, and no secret in any of them. */
class PersonCommandsTest {
  @TempDir Path folder;
  private RunningDomain domain;
  private PeopleAdmin people;

  @BeforeEach
  void start() throws Exception {
    domain = new RunningDomain(folder);
    people = domain.admin.people();
  }

  @AfterEach
  void stop() throws Exception {
    domain.close();
  }

  private Person alice() throws Exception {
    return people.add("acme", "Alice", "Alice Liddell", Optional.of("alice@acme.example"));
  }

  private static void refused(Answer.Code code, ThrowingCallable change) {
    assertThatThrownBy(change)
        .isInstanceOfSatisfying(
            AuthorityAdmin.RefusedException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  @Test
  void aPersonIsAddedChangedDisabledEnabledAndRemoved() throws Exception {
    Person alice = alice();
    assertThat(people.list(Optional.of("acme"))).containsExactly(alice);
    assertThat(people.list(Optional.of("globex"))).isEmpty();
    assertThat(people.find("ALICE")).contains(alice);
    assertThat(people.find("bob")).isEmpty();

    Person changed =
        people.update(
            "alice",
            new PeopleAdmin.Update(
                Optional.of("al"), Optional.of("Al"), Optional.of(""), Optional.empty()));
    assertThat(changed.subject()).isEqualTo(alice.subject());
    assertThat(changed.username()).isEqualTo("al");
    assertThat(changed.email()).isEmpty();

    assertThat(people.admit("al", false).person().disabled()).isTrue();
    assertThat(people.admit("al", false).person().disabled()).isTrue();
    assertThat(people.admit("al", true).person().disabled()).isFalse();

    people.remove("al");
    assertThat(people.list(Optional.empty())).isEmpty();
    refused(Answer.Code.UNKNOWN, () -> people.remove("al"));
  }

  @Test
  void whatBreaksARuleIsRefusedInWords() throws Exception {
    alice();

    refused(Answer.Code.CONFLICT, this::alice);
    refused(Answer.Code.MALFORMED, () -> people.add("acme", "two words", "X", Optional.empty()));
    refused(Answer.Code.UNKNOWN, () -> people.show("nobody"));
    refused(Answer.Code.MALFORMED, () -> people.invite("alice", Duration.ofDays(31)));
    assertThatThrownBy(() -> people.show("nobody")).hasMessageContaining("no person nobody");
  }

  @Test
  void anInvitationIsALinkBelowTheIssuerAndItsSecretIsNowhereElse() throws Exception {
    Instant before = Instant.now().minusSeconds(1);
    alice();
    PeopleAdmin.Invitation invitation = people.invite("alice", Duration.ofDays(7));

    String prefix = "https://login.example/enrol?invitation=";
    assertThat(invitation.link()).startsWith(prefix).hasSize(prefix.length() + 43);
    assertThat(invitation.expiresAt()).isAfter(before.plus(Duration.ofDays(7)));
    assertThat(people.show("alice").string("invited_until"))
        .isEqualTo(invitation.expiresAt().toString());
    assertThat(invitation.toString()).doesNotContain(invitation.link().substring(prefix.length()));

    String secret = invitation.link().substring(prefix.length());
    domain.close();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
            .as(file.toString())
            .doesNotContain(secret);
      }
    }
    domain = new RunningDomain(folder.resolve("again"));
  }

  @Test
  void anImportedHashIsTakenWithANewPersonAndStandsInNoEvent() throws Exception {
    PasswordHash hash =
        PasswordHash.parse("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW");
    people.add("acme", "bob", "Bob", Optional.empty(), Optional.of(hash));

    JsonObject bob = people.show("bob");
    assertThat(bob.truth("password")).isTrue();
    assertThat(bob.toString()).doesNotContain("E5YPO9kmyuRGyh0X");
    refused(
        Answer.Code.CONFLICT,
        () -> people.add("acme", "bob", "Bob", Optional.empty(), Optional.of(hash)));
    domain.close();
    try (Stream<Path> files = Files.walk(folder)) {
      assertThat(
              files
                  .filter(Files::isRegularFile)
                  .filter(file -> contains(file, "E5YPO9kmyuRGyh0X"))
                  .map(file -> file.getFileName().toString().replaceAll("-wal$", "")))
          .allMatch("people.db"::equals)
          .isNotEmpty();
    }
    domain = new RunningDomain(folder.resolve("again"));
  }

  private static boolean contains(Path file, String text) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1).contains(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void everythingThatIsKeptOfAPersonIsShown() throws Exception {
    Person alice = alice();

    JsonObject shown = people.show("alice");

    assertThat(PersonJson.parse(shown.object("person"))).isEqualTo(alice);
    assertThat(shown.truth("password")).isFalse();
    assertThat(shown.has("invited_until")).isFalse();
    assertThat(shown.objects("passkeys")).isEmpty();
    assertThat(shown.objects("consents")).isEmpty();
  }

  @Test
  void aPersonWhoLostTheirPasskeysIsResetAndInvitedAgain() throws Exception {
    Person alice = alice();
    people.invite("alice", Duration.ofDays(1));

    assertThat(people.reset("alice")).isEqualTo(new PeopleAdmin.Ended(alice, Optional.empty()));

    assertThat(people.show("alice").has("invited_until")).isFalse();
    people.invite("alice", Duration.ofDays(1));
    assertThat(people.show("alice").has("invited_until")).isTrue();
  }

  @Test
  void aRecoveryHoldsAfterTheDelayAndAResetEndsIt() throws Exception {
    alice();

    PeopleAdmin.Recovery begun = people.recover("alice", Duration.ofDays(2));

    assertThat(begun.link()).contains("/enrol?invitation=");
    assertThat(begun.toString()).doesNotContain(begun.link());
    assertThat(begun.dueAt()).isAfter(Instant.now().plus(Duration.ofHours(23)));
    assertThat(begun.expiresAt()).isEqualTo(begun.dueAt().plus(Duration.ofDays(2)));
    assertThat(people.show("alice").string("recovery_due_at")).isEqualTo(begun.dueAt().toString());
    people.reset("alice");
    assertThat(people.show("alice").has("recovery_due_at")).isFalse();
  }

  @Test
  void whatIsNotRevokedYetIsSaidAndThePersonIsRefusedNevertheless() throws Exception {
    try (Directory directory =
        Directory.open(folder.resolve("other.db"), new SecureRandom(), InstantSource.system())) {
      Person alice = directory.add("acme", "alice", "Alice", Optional.empty());
      PersonCommands commands =
          new PersonCommands(
              directory,
              URI.create("https://login.example"),
              Duration.ofDays(1),
              domain.server().audit(),
              new RegistrarAway());

      Answer answer =
          commands.carryOut(
              new Request.Command(
                  PersonCommands.ADMIT,
                  JsonObject.builder().put("username", "alice").put("disabled", true).build()),
              Administrator.atSocket(new SignerServer.Peer(System.getProperty("user.name"))));

      assertThat(answer)
          .isInstanceOfSatisfying(
              Answer.Done.class,
              done ->
                  assertThat(done.result().get("tokens_not_revoked"))
                      .isEqualTo("the registrar is away"));
      assertThat(directory.bySubject(alice.subject()).orElseThrow().disabled()).isTrue();
    }
  }

  @Test
  void aRestartKeepsPeople() throws Exception {
    Person alice = alice();

    domain.restart();

    assertThat(people.list(Optional.empty())).containsExactly(alice);
  }

  private static final class RegistrarAway implements PersonEnds {
    @Override
    public Optional<String> ended(String subject, String why) {
      return Optional.of("the registrar is away");
    }

    @Override
    public Held sessions(String subject) {
      return new Held(List.of(), List.of());
    }

    @Override
    public Optional<String> endSession(String subject, String session) {
      return Optional.of("the registrar is away");
    }

    @Override
    public Optional<String> consentEnded(String subject, String clientId) {
      return Optional.of("the registrar is away");
    }
  }
}
