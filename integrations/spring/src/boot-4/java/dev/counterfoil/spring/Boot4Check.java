package dev.counterfoil.spring;

/** The starter for Spring Boot 4 runs on no other. */
final class Boot4Check extends BootCheck {
  Boot4Check() {
    super("4.");
  }
}
