package dev.counterfoil.authority.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.authority.RunningDomain;
import dev.counterfoil.authority.connect.GrantEnds;
import dev.counterfoil.authority.connect.grants.Grants;
import dev.counterfoil.directory.Directory;
import dev.counterfoil.directory.Endings.Ending;
import dev.counterfoil.directory.Endings.Kind;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.log.disk.FileDisk;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What another authority ended, where ending it here fails at first. */
class SharedEndsTest {
  private static final InstantSource CLOCK = InstantSource.system();

  @Test
  void whatCouldNotBeEndedIsEndedAtTheNextLook(@TempDir Path folder) throws Exception {
    try (RunningDomain domain = new RunningDomain(folder.resolve("domain"));
        Grants grants =
            Grants.open(
                FileDisk.privateFolder(folder.resolve("grants")),
                Hash::sha256,
                new SecureRandom(),
                CLOCK);
        GrantEnds grantEnds = GrantEnds.start(grants, ended -> null, domain.server().audit());
        Directory directory =
            Directory.open(folder.resolve("people.db"), new SecureRandom(), CLOCK);
        SharedEnds ends = new SharedEnds(directory.endings(), 1, grantEnds, () -> {}, CLOCK)) {
      for (String subject : List.of("alice", "bob")) {
        directory.endings().add(new Ending(0, Kind.SESSIONS, subject, "", "", 2, CLOCK.instant()));
      }
      assertThatThrownBy(
              () ->
                  ends.start(
                      (subject, before) -> {
                        throw new IllegalStateException("the disk is full");
                      },
                      (subject, session) -> {}))
          .hasMessage("the disk is full");

      List<String> ended = Collections.synchronizedList(new ArrayList<>());
      ends.start((subject, before) -> ended.add(subject), (subject, session) -> {});
      assertThat(ended).containsExactly("alice", "bob");
    }
  }
}
