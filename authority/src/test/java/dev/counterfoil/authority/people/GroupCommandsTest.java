package dev.counterfoil.authority.people;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.authority.AuthorityAdmin;
import dev.counterfoil.authority.GroupsAdmin;
import dev.counterfoil.authority.PeopleAdmin;
import dev.counterfoil.authority.RunningDomain;
import dev.counterfoil.directory.PeopleGroup;
import dev.counterfoil.directory.Person;
import dev.counterfoil.signerprotocol.Answer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Groups are managed at the admin socket. */
class GroupCommandsTest {
  private static final OptionalLong ANY = OptionalLong.empty();

  private static void refused(Answer.Code code, ThrowingCallable change) {
    assertThatThrownBy(change)
        .isInstanceOfSatisfying(
            AuthorityAdmin.RefusedException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  @Test
  void groupsAreAddedFilledShownAndRemoved(@TempDir Path folder) throws Exception {
    try (RunningDomain domain = new RunningDomain(folder)) {
      GroupsAdmin groups = domain.admin.groups();
      PeopleAdmin people = domain.admin.people();
      Person last = people.add("acme", "zoe", "Zoe", Optional.empty());
      PeopleGroup read = groups.add("acme", "staff");

      for (int i = 0; i <= GroupCommands.PAGE; i++) {
        people.add("acme", "p%02d".formatted(i), "P", Optional.empty());
        groups.addMember("staff", "p%02d".formatted(i), ANY);
      }
      groups.addMember("staff", "zoe", ANY);
      GroupsAdmin.Shown shown = groups.show("acme", "staff");
      assertThat(shown.members()).hasSize(GroupCommands.PAGE + 2).endsWith(last);
      assertThat(shown.group().version()).isEqualTo(GroupCommands.PAGE + 3);
      assertThat(people.show("zoe").strings("groups")).containsExactly("staff");
      for (int i = 0; i <= GroupCommands.PAGE; i++) {
        groups.add("acme", "g%02d".formatted(i));
      }
      assertThat(groups.list(Optional.empty()))
          .hasSize(GroupCommands.PAGE + 2)
          .isEqualTo(groups.list(Optional.of("acme")));

      refused(
          Answer.Code.OUTDATED,
          () -> groups.removeMember("staff", "zoe", OptionalLong.of(read.version())));
      refused(Answer.Code.CONFLICT, () -> groups.add("acme", "staff"));
      refused(Answer.Code.MALFORMED, () -> groups.add("acme", "a\"b"));
      refused(Answer.Code.UNKNOWN, () -> groups.addMember("other", "zoe", ANY));
      refused(Answer.Code.UNKNOWN, () -> groups.addMember("staff", "nobody", ANY));
      groups.removeMember("staff", "zoe", OptionalLong.of(shown.group().version()));
      assertThat(people.show("zoe").strings("groups")).isEmpty();
      groups.remove("acme", "staff", ANY);
      assertThat(groups.find("acme", "staff")).isEmpty();
      refused(Answer.Code.UNKNOWN, () -> groups.remove("acme", "staff", ANY));
    }
  }
}
