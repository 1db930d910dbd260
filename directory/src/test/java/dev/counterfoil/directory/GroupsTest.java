package dev.counterfoil.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.directory.DirectoryRefusedException.Reason;
import dev.counterfoil.directory.database.TablePlace;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Groups hold people of their tenant, as many as a token can say. */
@ParameterizedClass
@EnumSource
class GroupsTest {
  private final EachPlace each;
  @TempDir Path folder;
  private final Instant now = Instant.parse("2026-11-30T12:00:00.123Z");
  private @Nullable TablePlace place;
  private Directory directory;
  private Groups groups;

  GroupsTest(EachPlace each) {
    this.each = each;
  }

  @BeforeEach
  void open() throws Exception {
    if (place == null) {
      place = each.empty(folder);
    }
    directory = Directory.open(place, new SecureRandom(), () -> now);
    groups = directory.groups();
  }

  @AfterEach
  void close() {
    directory.close();
  }

  private Person person(String tenant, String username) throws DirectoryRefusedException {
    return directory.add(tenant, username, username, Optional.empty());
  }

  private PeopleGroup group(String tenant, String name) throws DirectoryRefusedException {
    PeopleGroup group = groups.newGroup(tenant, name);
    groups.add(group);
    return group;
  }

  private static void refused(Reason reason, ThrowingCallable change) {
    assertThatThrownBy(change)
        .isInstanceOfSatisfying(
            DirectoryRefusedException.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }

  @Test
  void peopleJoinAndLeaveAlsoOverARestart() throws Exception {
    Person alice = person("acme", "alice");
    Person bob = person("acme", "bob");
    PeopleGroup staff = group("acme", "staff");
    PeopleGroup admins = group("acme", "Admins, Köln");
    group("other", "staff");
    assertThat(groups.newGroup("acme", "🚀").name()).hasSize(2);

    PeopleGroup two = groups.addMember(groups.addMember(staff, bob), alice);
    groups.addMember(admins, alice);
    close();
    open();

    assertThat(groups.find("acme", "staff")).contains(two);
    assertThat(two.version()).isEqualTo(3);
    assertThat(groups.members(two, "", 10)).containsExactly(alice, bob);
    assertThat(groups.members(two, "alice", 10)).containsExactly(bob);
    assertThat(groups.of(alice.subject())).containsExactly("Admins, Köln", "staff");
    assertThat(groups.list(Optional.of("acme"), "", "", 10))
        .extracting(one -> one.group().name() + " " + one.members())
        .containsExactly("Admins, Köln 1", "staff 2");
    assertThat(groups.list(Optional.empty(), "acme", "staff", 10))
        .extracting(one -> one.group().tenant() + " " + one.members())
        .containsExactly("other 0");

    assertThat(groups.addMember(two, alice)).isEqualTo(two);
    PeopleGroup one = groups.removeMember(two, alice.subject());
    assertThat(groups.removeMember(one, alice.subject())).isEqualTo(one);
    assertThat(groups.of(alice.subject())).containsExactly("Admins, Köln");
  }

  @Test
  void thePersonWhoIsRemovedLeavesAllGroupsAndAGroupThatIsRemovedKeepsNobody() throws Exception {
    Person alice = person("acme", "alice");
    PeopleGroup staff = groups.addMember(group("acme", "staff"), alice);
    PeopleGroup admins = groups.addMember(group("acme", "admins"), alice);

    groups.remove(admins);
    assertThat(groups.of(alice.subject())).containsExactly("staff");
    assertThat(groups.of(group("acme", "admins").name())).isEmpty();
    assertThat(groups.members(groups.named("acme", "admins"), "", 10)).isEmpty();
    directory.remove(alice.subject());
    assertThat(groups.of(alice.subject())).isEmpty();
    assertThat(groups.members(staff, "", 10)).isEmpty();
  }

  @Test
  void theSecondOfTwoChangesOfOneVersionIsRefused() throws Exception {
    Person alice = person("acme", "alice");
    Person bob = person("acme", "bob");
    PeopleGroup staff = group("acme", "staff");

    groups.addMember(staff, alice);

    refused(Reason.OUTDATED, () -> groups.addMember(staff, bob));
    refused(Reason.OUTDATED, () -> groups.removeMember(staff, alice.subject()));
    refused(Reason.OUTDATED, () -> groups.remove(staff));
    groups.remove(groups.named("acme", "staff"));
    refused(Reason.UNKNOWN, () -> groups.addMember(staff, bob));
  }

  @Test
  void ofTenChangesAtOneTimeOneIsMade() throws Exception {
    PeopleGroup staff = group("acme", "staff");
    List<Callable<Boolean>> changes = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      Person one = person("acme", "p" + i);
      changes.add(
          () -> {
            try {
              groups.addMember(staff, one);
              return true;
            } catch (DirectoryRefusedException e) {
              return false;
            }
          });
    }
    try (var threads = Executors.newFixedThreadPool(10)) {
      int made = 0;
      for (Future<Boolean> change : threads.invokeAll(changes)) {
        made += change.get() ? 1 : 0;
      }
      assertThat(made).isEqualTo(1);
    }
    assertThat(groups.members(staff, "", 20)).hasSize(1);
  }

  @Test
  void nobodyIsInAGroupOfAnotherTenant() throws Exception {
    PeopleGroup staff = group("acme", "staff");
    Person mallory = person("other", "mallory");

    refused(Reason.MALFORMED, () -> groups.addMember(staff, mallory));
    directory.remove(mallory.subject());
    refused(Reason.MALFORMED, () -> groups.addMember(staff, mallory));
    Person gone = person("acme", "gone");
    directory.remove(gone.subject());
    refused(Reason.UNKNOWN, () -> groups.addMember(staff, gone));
    refused(Reason.TAKEN, () -> group("acme", "staff"));
  }

  @Test
  void aTokenCanSayAllGroupsOfAPerson() throws Exception {
    Person alice = person("acme", "alice");
    for (int i = 0; i < Groups.GROUPS_OF_PERSON_MAX; i++) {
      groups.addMember(group("acme", "g" + i), alice);
    }
    PeopleGroup another = group("acme", "another");
    refused(Reason.FULL, () -> groups.addMember(another, alice));
    groups.removeMember(groups.named("acme", "g0"), alice.subject());
    groups.addMember(another, alice);

    Person bob = person("acme", "bob");
    int inOne = 64 * 3;
    for (int i = 0; i < Groups.NAMES_OF_PERSON_BYTES_MAX / inOne; i++) {
      groups.addMember(group("acme", "語".repeat(63) + (char) ('一' + i)), bob);
    }
    PeopleGroup oneMore = group("acme", "語".repeat(64));
    refused(Reason.FULL, () -> groups.addMember(oneMore, bob));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " a", "a ", "a\nb", "a\"b", "a\\b", "a\u202Eb", "a\uD800"})
  void aNameThatIsNoneIsRefused(String name) {
    refused(Reason.MALFORMED, () -> groups.newGroup("acme", name));
  }
}
