export {
  connectionFlags,
  defaultDataDirectory,
  LOCAL_SERVER_FILE,
  readLocalServer,
  resolveConnection,
  withClient,
  type LocalServer,
} from './connection.ts';
export {
  createRestClient,
  REMOTE_ERROR_EXIT_CODE,
  RemoteError,
  type RestCall,
  type RestClient,
} from './rest-client.ts';
