using '../events.bicep'

param siteName = 'func-snapshot'
param exportsAccount = 'stdatasnapshot'
param location = 'westeurope'
param tags = { 'azd-env-name': 'snapshot' }
