package dev.counterfoil.testing.breach.two;

import dev.counterfoil.signer.privatekeys.PrivateKeys;
import dev.counterfoil.testing.breach.one.Guest;
import java.util.List;

/** The other half of the ring, with a custody that no part but the signer may know. */
public record Host(List<Guest> guests, PrivateKeys custody) {}
