export { demoApplication, ensureDemoRepository } from './demo-repository.ts';
