package dev.counterfoil.format.bytes;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.MessageDigest;
import java.security.Provider;
import java.security.Security;
import org.junit.jupiter.api.Test;

class HashTest {
  private static final String OTHER = "Other";

  /** A provider that wants to be asked first, as that of AWS-LC does where it is installed. */
  private static final class OtherProvider extends Provider {
    private static final long serialVersionUID = 1L;

    OtherProvider() {
      super(OTHER, "1", "SHA-256 of another");
      Service platform = Security.getProvider("SUN").getService("MessageDigest", "SHA-256");
      put("MessageDigest.SHA-256", platform.getClassName());
    }
  }

  @Test
  void hashesWithThePlatformsOwnWhateverIsInstalledBeforeIt() throws Exception {
    Security.insertProviderAt(new OtherProvider(), 1);
    try {
      MessageDigest usual = MessageDigest.getInstance("SHA-256");
      assertThat(usual.getProvider().getName()).isEqualTo(OTHER);
      MessageDigest ours = Hash.lookUpSha256();
      assertThat(ours.getProvider().getName()).isEqualTo("SUN");
      assertThat(Hash.of(ours.digest()).hex())
          .isEqualTo("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    } finally {
      Security.removeProvider(OTHER);
    }
  }
}
