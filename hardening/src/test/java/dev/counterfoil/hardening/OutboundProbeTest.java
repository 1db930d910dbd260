package dev.counterfoil.hardening;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OutboundProbeTest {
  private static final long SENT = 0;
  private static final long DENIED = -Kernel.EPERM;
  private static final long NO_WAY = -Kernel.ENETUNREACH;
  private static final long NO_FAMILY = -Kernel.EAFNOSUPPORT;

  @Test
  void onlyAnAddressThatIsNotPermittedIsDenied() {
    assertThat(OutboundProbe.isDenied(DENIED, DENIED)).isTrue();
    assertThat(OutboundProbe.isDenied(SENT, SENT)).isFalse();
    assertThat(OutboundProbe.isDenied(SENT, DENIED)).isFalse();
    assertThat(OutboundProbe.isDenied(-Kernel.EACCES, DENIED)).isFalse();
    assertThat(OutboundProbe.isDenied(Kernel.NOT_CALLED, Kernel.NOT_CALLED)).isFalse();
  }

  @Test
  void aMachineWithoutAWayOutNowIsDeniedOnlyWhereItsOwnAddressIs() {
    assertThat(OutboundProbe.isDenied(NO_WAY, DENIED)).isTrue();
    assertThat(OutboundProbe.isDenied(NO_WAY, SENT)).isFalse();
    assertThat(OutboundProbe.isDenied(NO_WAY, NO_WAY)).isFalse();
  }

  @Test
  void aFamilyThatTheMachineDoesNotHaveIsNoWayOut() {
    assertThat(OutboundProbe.isDeniedOrOff(NO_FAMILY, NO_FAMILY)).isTrue();
    assertThat(OutboundProbe.isDeniedOrOff(NO_WAY, -Kernel.EADDRNOTAVAIL)).isTrue();
    assertThat(OutboundProbe.isDeniedOrOff(DENIED, DENIED)).isTrue();
    assertThat(OutboundProbe.isDeniedOrOff(NO_WAY, SENT)).isFalse();
    assertThat(OutboundProbe.isDeniedOrOff(SENT, SENT)).isFalse();
    assertThat(OutboundProbe.isDeniedOrOff(Kernel.NOT_CALLED, Kernel.NOT_CALLED)).isFalse();
  }

  @Test
  void thisMachineHasAWayOut() {
    assertThat(OutboundProbe.isDenied(Kernel.ofThisProcess())).isFalse();
  }
}
