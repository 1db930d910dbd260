package dev.counterfoil.log;

import org.junit.jupiter.api.Tag;

/** The same in many more interleavings. */
@Tag("full")
class HandOffModelFullTest extends HandOffModelTest {
  @Override
  int interleavings() {
    return 1_000;
  }
}
