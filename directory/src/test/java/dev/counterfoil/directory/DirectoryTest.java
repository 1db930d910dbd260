package dev.counterfoil.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.directory.DirectoryRefusedException.Reason;
import dev.counterfoil.directory.database.TablePlace;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.assertj.core.util.Throwables;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** People are kept, changed and removed; what is to be used once is used once. */
@ParameterizedClass
@EnumSource
class DirectoryTest {
  private static final Duration DAY = Duration.ofDays(1);

  private final EachPlace each;
  @TempDir Path folder;
  private Instant now = Instant.parse("2026-11-30T12:00:00.123Z");
  private @Nullable TablePlace place;
  private Directory directory;

  DirectoryTest(EachPlace each) {
    this.each = each;
  }

  @BeforeEach
  void open() throws Exception {
    if (place == null) {
      place = each.empty(folder);
    }
    directory = Directory.open(place, new SecureRandom(), () -> now);
  }

  @AfterEach
  void close() {
    directory.close();
  }

  private Person alice() throws DirectoryRefusedException {
    return directory.add("acme", "Alice", "Alice Liddell", Optional.of("alice@acme.example"));
  }

  private static Passkey passkey(String subject, String id, long count) {
    return new Passkey(
        subject,
        id.getBytes(StandardCharsets.UTF_8),
        new byte[] {1, 2},
        count,
        false,
        "Phone",
        Instant.parse("2026-11-30T12:00:00Z"),
        Optional.empty());
  }

  private static void refused(Reason reason, ThrowingCallable change) {
    assertThatThrownBy(change)
        .isInstanceOfSatisfying(
            DirectoryRefusedException.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }

  @Test
  void aPersonIsFoundAgainAlsoAfterARestart() throws Exception {
    Person alice = alice();

    close();
    open();

    assertThat(directory.bySubject(alice.subject())).contains(alice);
    assertThat(directory.byUsername("ALICE")).contains(alice);
    assertThat(alice.username()).isEqualTo("alice");
    assertThat(alice.subject()).hasSize(22);
  }

  @Test
  void aUsernameIsGivenOnce() throws Exception {
    alice();
    Person bob = directory.add("other", "bob", "Bob", Optional.empty());

    refused(Reason.TAKEN, () -> directory.add("other", "aLiCe", "A", Optional.empty()));
    refused(Reason.TAKEN, () -> directory.change(bob.withUsername("alice")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a\nb", "ä", "a/b", "<b>", "a'b"})
  void aUsernameThatIsNoneIsRefused(String username) {
    refused(Reason.MALFORMED, () -> directory.add("acme", username, "A", Optional.empty()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "a@", "a@b@c", "a@b,c@d", "a@b\r\nBcc: c@d", "<a@b>"})
  void anAddressThatIsNoneIsRefused(String address) {
    refused(Reason.MALFORMED, () -> directory.add("acme", "a", "A", Optional.of(address)));
  }

  @Test
  void theSecondOfTwoChangesOfOneVersionIsRefused() throws Exception {
    Person alice = alice();

    Person renamed = directory.change(alice.withName("Alice L."));

    assertThat(renamed.version()).isEqualTo(2);
    assertThat(directory.bySubject(alice.subject())).contains(renamed);
    refused(Reason.OUTDATED, () -> directory.change(alice.withDisabled(true)));
    assertThat(directory.change(renamed.withDisabled(true)).disabled()).isTrue();
  }

  @Test
  void peopleAreListedByTenantAndInPages() throws Exception {
    for (String name : List.of("carol", "alice", "bob", "dave")) {
      directory.add(name.equals("bob") ? "other" : "acme", name, name, Optional.empty());
    }

    assertThat(directory.list(Optional.empty(), "", 3))
        .extracting(Person::username)
        .containsExactly("alice", "bob", "carol");
    assertThat(directory.list(Optional.of("acme"), "alice", 10))
        .extracting(Person::username)
        .containsExactly("carol", "dave");
  }

  @Test
  void aPersonIsFoundWithWhatTheyAgreedToForAClient() throws Exception {
    Person alice = alice();
    assertThat(directory.withConsent(alice.subject(), "app"))
        .contains(new PersonConsent(alice, Optional.empty()));

    Consent given = consent(alice, "app", Optional.empty());
    directory.consent(given);

    assertThat(directory.withConsent(alice.subject(), "app"))
        .contains(new PersonConsent(alice, Optional.of(given)));
    assertThat(directory.withConsent(alice.subject(), "other"))
        .contains(new PersonConsent(alice, Optional.empty()));
    assertThat(directory.withConsent("nobody", "app")).isEmpty();
  }

  @Test
  void whatBelongsToAPersonGoesWithThePerson() throws Exception {
    Person alice = alice();
    directory.addPasskey(passkey(alice.subject(), "k", 0));
    directory.setPassword(alice.subject(), Optional.of("$argon2id$v=19$x"));
    directory.consent(consent(alice, "app", Optional.empty()));
    String secret = directory.invite(alice.subject(), DAY);

    assertThat(directory.remove(alice.subject())).isTrue();

    assertThat(directory.remove(alice.subject())).isFalse();
    assertThat(directory.passkey("k".getBytes(StandardCharsets.UTF_8))).isEmpty();
    assertThat(directory.password(alice.subject())).isEmpty();
    assertThat(directory.consents(alice.subject())).isEmpty();
    assertThat(directory.invited(secret)).isEmpty();
    assertThat(directory.useInvitation(secret)).isFalse();
    assertThat(alice().subject()).isNotEqualTo(alice.subject());
  }

  @Test
  void anInvitationCountsUntilItExpiresIsUsedOrAnotherComes() throws Exception {
    Person alice = alice();
    String first = directory.invite(alice.subject(), DAY);
    assertThat(directory.invited(first)).contains(alice);

    String second = directory.invite(alice.subject(), DAY);
    assertThat(directory.invited(first)).isEmpty();
    assertThat(directory.useInvitation(first)).isFalse();
    assertThat(directory.useInvitation(second)).isTrue();
    assertThat(directory.useInvitation(second)).isFalse();

    String third = directory.invite(alice.subject(), DAY);
    assertThat(directory.invitedUntil(alice.subject())).contains(now.plus(DAY));
    now = now.plus(DAY);
    assertThat(directory.invited(third)).isEmpty();
    assertThat(directory.useInvitation(third)).isFalse();
    assertThat(directory.invitedUntil(alice.subject())).isEmpty();
    refused(Reason.UNKNOWN, () -> directory.invite("nobody", DAY));
  }

  @Test
  void aPersonWhoIsRefusedCannotEnrol() throws Exception {
    Person alice = alice();
    String secret = directory.invite(alice.subject(), DAY);

    directory.change(alice.withDisabled(true));

    assertThat(directory.invited(secret)).isEmpty();
    assertThat(directory.useInvitation(secret)).isFalse();
  }

  @Test
  void noSecretStandsInTheFile() throws Exception {
    String secret = directory.invite(alice().subject(), DAY);
    close();

    assertThat(each.stored(folder)).contains("Alice Liddell").doesNotContain(secret);
  }

  @Test
  void whatCannotBeStoredDoesNotStandInTheError() throws Exception {
    Person alice = alice();
    each.refuseChangesOfPeople(folder);
    assertThatThrownBy(() -> directory.setPassword(alice.subject(), Optional.of("$argon2id$hash")))
        .hasStackTraceContaining("full")
        .extracting(Throwables::getStackTrace, InstanceOfAssertFactories.STRING)
        .doesNotContain("argon2id");
  }

  @Test
  void ofTwentyThatUseAnInvitationAtOnceOneDoes() throws Exception {
    String secret = directory.invite(alice().subject(), DAY);

    assertThat(atOnce(20, () -> directory.useInvitation(secret))).containsOnlyOnce(true);
  }

  @Test
  void ofTwentyThatChangeAPersonAtOnceOneDoes() throws Exception {
    Person alice = alice();

    List<Boolean> done =
        atOnce(
            20,
            () -> {
              try {
                return directory.change(alice.withName("A")).version() == 2;
              } catch (DirectoryRefusedException e) {
                assertThat(e.reason()).isEqualTo(Reason.OUTDATED);
                return false;
              }
            });

    assertThat(done).containsOnlyOnce(true);
  }

  @Test
  void ofTwentyUsesOfOneCounterOneCounts() throws Exception {
    Person alice = alice();
    Passkey passkey = passkey(alice.subject(), "k", 7);
    directory.addPasskey(passkey);

    assertThat(atOnce(20, () -> directory.usedPasskey(passkey.id(), 8, true, now)))
        .containsOnlyOnce(true);
  }

  private static List<Boolean> atOnce(int times, Callable<Boolean> use) throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    try (var threads = Executors.newFixedThreadPool(times)) {
      List<Future<Boolean>> uses = new ArrayList<>();
      for (int i = 0; i < times; i++) {
        uses.add(
            threads.submit(
                () -> {
                  go.await();
                  return use.call();
                }));
      }
      go.countDown();
      List<Boolean> results = new ArrayList<>();
      for (Future<Boolean> one : uses) {
        results.add(one.get());
      }
      return results;
    }
  }

  @Test
  void aPasskeysCounterOnlyRisesWhereThereIsOne() throws Exception {
    Person alice = alice();
    Passkey counts = passkey(alice.subject(), "counts", 7);
    Passkey none = passkey(alice.subject(), "none", 0);
    directory.addPasskey(counts);
    directory.addPasskey(none);

    assertThat(directory.usedPasskey(counts.id(), 7, true, now)).isFalse();
    assertThat(directory.usedPasskey(counts.id(), 0, true, now)).isFalse();
    assertThat(directory.passkey(counts.id())).contains(counts);
    assertThat(directory.usedPasskey(counts.id(), 8, true, now)).isTrue();
    assertThat(directory.passkey(counts.id()))
        .hasValueSatisfying(
            used -> {
              assertThat(used.signCount()).isEqualTo(8);
              assertThat(used.backedUp()).isTrue();
              assertThat(used.usedAt()).contains(now);
            });
    assertThat(directory.usedPasskey(none.id(), 0, false, now)).isTrue();
    assertThat(directory.usedPasskey(none.id(), 0, false, now)).isTrue();
  }

  @Test
  void aPasskeyHasOnePerson() throws Exception {
    Person alice = alice();
    Person bob = directory.add("acme", "bob", "Bob", Optional.empty());
    Passkey passkey = passkey(alice.subject(), "k", 0);
    directory.addPasskey(passkey);

    refused(Reason.TAKEN, () -> directory.addPasskey(passkey(bob.subject(), "k", 0)));
    refused(Reason.UNKNOWN, () -> directory.addPasskey(passkey("nobody", "l", 0)));
    assertThat(directory.removePasskey(bob.subject(), passkey.id())).isFalse();
    assertThat(directory.passkeys(alice.subject())).containsExactly(passkey);
    assertThat(directory.removePasskey(alice.subject(), passkey.id())).isTrue();
    assertThat(directory.usedPasskey(passkey.id(), 1, false, now)).isFalse();
  }

  @Test
  void aPersonHasSoManyPasskeysAndNoMore() throws Exception {
    Person alice = alice();
    for (int i = 0; i < Directory.PASSKEYS_MAX; i++) {
      directory.addPasskey(passkey(alice.subject(), "k" + i, 0));
    }

    refused(Reason.FULL, () -> directory.addPasskey(passkey(alice.subject(), "more", 0)));
  }

  @Test
  void aPasswordIsSetChangedAndTakenAway() throws Exception {
    Person alice = alice();
    assertThat(directory.password(alice.subject())).isEmpty();

    directory.setPassword(alice.subject(), Optional.of("$argon2id$v=19$x"));
    assertThat(directory.password(alice.subject())).contains("$argon2id$v=19$x");

    directory.setPassword(alice.subject(), Optional.empty());
    assertThat(directory.password(alice.subject())).isEmpty();
    refused(Reason.UNKNOWN, () -> directory.setPassword("nobody", Optional.empty()));
    assertThatThrownBy(() -> directory.setPassword(alice.subject(), Optional.of("correct horse")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("horse");
  }

  @Test
  void aPersonWhoseCredentialsAreTakenStaysAndCanProveNothing() throws Exception {
    Person alice = alice();
    Person bob = directory.add("acme", "bob", "Bob", Optional.empty());
    directory.addPasskey(passkey(alice.subject(), "k", 0));
    directory.addPasskey(passkey(bob.subject(), "l", 0));
    directory.setPassword(alice.subject(), Optional.of("$argon2id$v=19$x"));
    String secret = directory.invite(alice.subject(), DAY);

    assertThat(revoked(() -> directory.takeCredentials(alice.subject())))
        .containsExactlyInAnyOrder("password", "fido2-platform");
    // Of what was not there nobody hears that it is gone.
    assertThat(revoked(() -> directory.takeCredentials(alice.subject()))).isEmpty();

    assertThat(directory.bySubject(alice.subject())).contains(alice);
    assertThat(directory.passkeys(alice.subject())).isEmpty();
    assertThat(directory.password(alice.subject())).isEmpty();
    assertThat(directory.useInvitation(secret)).isFalse();
    assertThat(directory.passkeys(bob.subject())).hasSize(1);
  }

  /** What is told of as revoked because of a call. */
  private List<String> revoked(Runnable call) {
    directory.changes().next().forEach(directory.changes()::done);
    call.run();
    return directory.changes().next().stream().map(PersonChanges.Change::was).toList();
  }

  private Consent consent(Person person, String client, Optional<Instant> until) {
    return new Consent(person.subject(), client, Set.of("openid", "mail.read"), now, until);
  }

  @Test
  void aConsentReplacesTheOneBeforeAndIsWithdrawn() throws Exception {
    Person alice = alice();
    directory.consent(new Consent(alice.subject(), "app", Set.of(), now, Optional.empty()));
    Consent wider = consent(alice, "app", Optional.of(now.plus(DAY)));
    directory.consent(wider);

    assertThat(directory.consents(alice.subject())).containsExactly(wider);
    assertThat(directory.consent(alice.subject(), "app")).contains(wider);
    assertThat(wider.covers(Set.of("openid"), now)).isTrue();
    assertThat(wider.covers(Set.of("openid", "mail.send"), now)).isFalse();
    assertThat(wider.covers(Set.of("openid"), now.plus(DAY))).isFalse();

    assertThat(directory.withdraw(alice.subject(), "app")).isTrue();
    assertThat(directory.withdraw(alice.subject(), "app")).isFalse();
    refused(
        Reason.UNKNOWN,
        () -> directory.consent(new Consent("nobody", "app", Set.of(), now, Optional.empty())));
  }

  @Test
  void anImportedPasswordIsThereWithItsPersonUntilItIsReplaced() throws Exception {
    Person alice = directory.newPerson("acme", "alice", "Alice", Optional.empty());
    ImportedPasswords imported = directory.importedPasswords();
    imported.add(alice, "$2b$12$hers", Optional.of("$2b$12$"));
    Person bob = directory.newPerson("acme", "bob", "Bob", Optional.empty());
    imported.add(bob, "$2b$12$his", Optional.of("$2b$12$"));
    Person carol = directory.newPerson("acme", "carol", "Carol", Optional.empty());
    imported.add(carol, "$argon2id$ours", Optional.empty());
    assertThat(imported.kinds()).containsExactly("$2b$12$");
    refused(Reason.TAKEN, () -> imported.add(alice, "$2b$12$other", Optional.of("$2b$12$")));
    assertThat(directory.password(alice.subject())).contains("$2b$12$hers");

    // What was changed in the meantime stays.
    imported.replace(alice.subject(), "$2b$12$before", "$argon2id$x");
    assertThat(directory.password(alice.subject())).contains("$2b$12$hers");
    imported.replace(alice.subject(), "$2b$12$hers", "$argon2id$x");
    assertThat(directory.password(alice.subject())).contains("$argon2id$x");
    assertThat(imported.kinds()).containsExactly("$2b$12$");
    directory.takeCredentials(bob.subject());
    assertThat(imported.kinds()).isEmpty();
    assertThat(directory.password(carol.subject())).contains("$argon2id$ours");
  }
}
