package dev.counterfoil.testing.breach.one;

import dev.counterfoil.testing.breach.two.Host;

/** Half of a ring of packages, planted for {@code RoomsTest}. */
public record Guest(Host host) {}
