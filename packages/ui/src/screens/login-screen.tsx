import { useState, type ReactElement } from 'react';
import { Button, PasswordInput, TextInput } from '@mantine/core';
import { ErrorNotice, Logo } from '../kit/index.ts';

/** The login form. */
export function LoginScreen({
  message,
  isBusy,
  onLogin,
}: {
  readonly message: string;
  readonly isBusy: boolean;
  readonly onLogin: (username: string, password: string) => void;
}): ReactElement {
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  return (
    <main className="login">
      <form
        className="login-form"
        onSubmit={(event) => {
          event.preventDefault();
          onLogin(username, password);
        }}
      >
        <h1>
          <Logo /> Argosy
        </h1>
        {message === '' ? null : <ErrorNotice>{message}</ErrorNotice>}
        <TextInput
          label="Username"
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          required
          data-autofocus
          autoFocus
          value={username}
          onChange={(event) => setUsername(event.currentTarget.value)}
        />
        <PasswordInput
          label="Password"
          name="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <Button type="submit" fullWidth disabled={isBusy}>
          {isBusy ? 'Logging in…' : 'Log in'}
        </Button>
      </form>
    </main>
  );
}
