package dev.counterfoil.registrar.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.configuration.UnixUsers;
import dev.counterfoil.process.settings.PeerUsers;
import dev.counterfoil.signer.TestDomain;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Users are numbers: two names for one are one user. */
class PeerUsersTest {
  private static PeerUsers registrar(TestDomain domain, String users, String more)
      throws Exception {
    domain.firstSignersUsers = users;
    domain.registrarExtra = more;
    Path file = domain.registrarConfiguration();
    return Configuration.read(file, RegistrarConfiguration.class).users();
  }

  @Test
  void aSignersUserIsNotAlsoTheAuthoritysByAnotherName() throws Exception {
    try (TestDomain domain = new TestDomain()) {
      assertThat(registrar(domain, "[root]", "service-users: [daemon]\n").service())
          .hasToString("daemon");
      assertThatThrownBy(() -> registrar(domain, "[root]", "service-users: [\"0\"]\n"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("under another name");
    }
  }

  @Test
  void oneUserWithTwoNamesIsNoSecondPerson() throws Exception {
    String required = "second-person:\n  required: true\n";
    try (TestDomain domain = new TestDomain()) {
      assertThat(
              registrar(domain, "[]", required + "admin-users: [root, daemon]\n").admin().count())
          .isEqualTo(2);
      assertThatThrownBy(() -> registrar(domain, "[]", required + "admin-users: [root, \"0\"]\n"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("second-person needs two");
    }
  }

  @Test
  void anUnknownUserIsNamed() throws Exception {
    try (TestDomain domain = new TestDomain()) {
      assertThatThrownBy(() -> registrar(domain, "[no-such-user]", ""))
          .isInstanceOf(UnixUsers.UnknownUserException.class)
          .hasMessageContaining("no-such-user");
      assertThat(Files.exists(domain.path("registrar/s1.sock"))).isFalse();
    }
  }
}
